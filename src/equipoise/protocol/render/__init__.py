"""Renderings of a protocol for people: the synopsis and the schedule of activities, as HTML and as Markdown.

Every file is whole in itself: no request to another host, nothing but text. Sites read these; how the allocation list
is made (block sizes, seeds) is not in the protocol object and so in none of them.
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from equipoise.messages import message
from equipoise.protocol.model import Protocol
from equipoise.protocol.render.blocks import Page
from equipoise.protocol.render.schedule import schedule
from equipoise.protocol.render.synopsis import synopsis
from equipoise.protocol.render.words import WORDS

FORMATS = ("html", "md")


def render(protocol: Protocol, language: str = "en", format: str = "html") -> dict[str, str]:
    """The synopsis and the schedule of activities.

    Args:
        language: `en` or `zh`; a text without a translation stands in English.
        format: `html` or `md`.

    Returns:
        Text of each file by its name, such as `synopsis.html`.
    """
    assert format in FORMATS
    return {
        f"synopsis.{format}": _fill(f"synopsis.{format}.j2", protocol, language, "synopsis"),
        f"schedule.{format}": _fill(f"schedule.{format}.j2", protocol, language, "schedule"),
    }


def _fill(template: str, protocol: Protocol, language: str, kind: str) -> str:
    page = Page(
        language=language,
        kind=message(WORDS, kind, language),
        title=protocol.trial.title.of(language),
        short_title=protocol.trial.short_title.of(language),
        version=f"{message(WORDS, 'protocol', language)} {protocol.trial.id}, "
        f"{message(WORDS, 'version', language)} {protocol.version} ({protocol.versions[-1].date})",
        foot=message(WORDS, "generated", language, hash=protocol.hash[:16]),
    )
    content = synopsis(protocol, language) if kind == "synopsis" else schedule(protocol, language)
    words = {name: text.of(language) for name, text in WORDS.items()}
    return _environment().get_template(template).render(page=page, content=content, words=words)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("equipoise.protocol.render"),
        autoescape=lambda name: bool(name) and ".html" in str(name),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _markdown_cell
    return environment


def _markdown_cell(text: str) -> str:
    """Text inside a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ").strip()
