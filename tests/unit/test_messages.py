"""Texts in two languages."""

from __future__ import annotations

from equipoise.messages import Text, message

HELLO = {"dose": Text("dose {n} of {most}", "第{n}剂，共{most}剂"), "only": Text("only in English")}


def test_a_text_without_a_translation_falls_back_to_english():
    assert [HELLO["only"].of("zh"), str(HELLO["dose"]), HELLO["only"].as_dict()] == [
        "only in English",
        "dose {n} of {most}",
        {"en": "only in English"},
    ]


def test_a_message_is_filled_in_each_language():
    assert message(HELLO, "dose", "en", n=1, most=8) == "dose 1 of 8"
    assert message(HELLO, "dose", "zh", n=1, most=8) == "第1剂，共8剂"
