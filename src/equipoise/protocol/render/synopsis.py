"""The synopsis: what a protocol says, section by section. How the allocation list is made is not in it."""

from __future__ import annotations

from collections.abc import Iterable

from equipoise.messages import message
from equipoise.protocol.model import Protocol
from equipoise.protocol.render.blocks import Block, Facts, Items, Paragraph, Section, Table
from equipoise.protocol.render.regimens import regimens
from equipoise.protocol.render.words import WORDS


class Say:
    """Words of the catalogue and texts of the protocol in one language."""

    def __init__(self, protocol: Protocol, language: str):
        self.protocol, self.language = protocol, language

    def __call__(self, name: str, **params: object) -> str:
        """Words of the catalogue; for a name that it lacks, the name with spaces."""
        if name not in WORDS:
            return name.rpartition("event_")[2].replace("_", " ")
        return message(WORDS, name, self.language, **params)

    def code(self, codelist: str, code: str) -> str:
        """What a code means."""
        known = self.protocol.codelists.get(codelist)
        return known.codes[code].of(self.language) if known and code in known.codes else code

    def codes(self, codelist: str, codes: Iterable[str]) -> str:
        """What several codes mean."""
        return self.listed(self.code(codelist, code) for code in codes)

    def listed(self, words: Iterable[object]) -> str:
        """Words with commas."""
        return ("、" if self.language == "zh" else ", ").join(str(word) for word in words)


def synopsis(protocol: Protocol, language: str) -> list[Section]:
    """The synopsis in a language."""
    say = Say(protocol, language)
    makers = {
        "protocol": _title, "objective": _objective, "arms": _arms, "randomization": _randomization,
        "endpoints": _endpoints, "eligibility": _criteria, "consent": _consent, "treatments": _treatments,
        "new_therapy": _new_therapy,
        "response": _response, "populations": _populations, "estimands": _estimands, "analyses": _analyses,
        "sample_size": _sample_size, "safety": _safety, "deviations": _deviations, "sites": _sites,
        "versions": _versions,
    }  # fmt: skip
    made = [Section(say(name), tuple(make(protocol, say))) for name, make in makers.items()]
    return [section for section in made if section.blocks]


def _title(protocol: Protocol, say: Say) -> list[Block]:
    trial = protocol.trial
    rows = [
        (say("version"), f"{protocol.version} ({protocol.versions[-1].date})"),
        (say("registry"), f"{trial.registry.name} {trial.registry.id}" if trial.registry else ""),
        (say("sponsor"), trial.sponsor.of(say.language)),
        (say("phase"), trial.phase),
        (say("country"), trial.country),
        (say("planned"), str(protocol.randomization.planned)),
        (say("cutoff"), str(trial.data_cutoff or "")),
    ]
    return [Facts(tuple(row for row in rows if row[1]))]


def _objective(protocol: Protocol, say: Say) -> list[Block]:
    text = protocol.trial.objective.of(say.language)
    return [Paragraph(text)] if text else []


def _arms(protocol: Protocol, say: Say) -> list[Block]:
    regimen = {name: title for name, title, _ in regimens(protocol, say)}
    rows = tuple(
        (
            arm.id,
            say(arm.role),
            arm.title.of(say.language),
            say.listed(regimen.get(name, name) for name in arm.treatments),
        )
        for arm in protocol.arms
    )
    return [Table((say("arm"), say("role"), say("name"), say("treatments")), rows)]


def _randomization(protocol: Protocol, say: Say) -> list[Block]:
    plan, masking = protocol.randomization, protocol.masking
    masked = [who for who in ("subjects", "investigators", "assessors", "analysts") if getattr(masking, who)]
    rows = [
        (say("ratio"), " : ".join(f"{parts} {arm}" for arm, parts in plan.ratio.items())),
        (say("strata"), say.listed(plan.strata) or say("strata_none")),
        (say("randomization"), plan.text.of(say.language)),
        (say("masking"), say.listed(say(f"masking_{who}") for who in masked) or say("masking_nobody")),
    ]
    return [Facts(tuple(row for row in rows if row[1]))]


def _endpoints(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple(
        (
            say(endpoint.role),
            name,
            endpoint.title.of(say.language),
            endpoint.text.of(say.language),
            say.listed(f"{month:g}" for month in endpoint.horizons_months),
        )
        for name, endpoint in protocol.endpoints.items()
    )
    return [Table((say("role"), say("code"), say("endpoint"), say("definition"), say("horizons")), rows)]


def _criteria(protocol: Protocol, say: Say) -> list[Block]:
    return [
        Items(
            tuple(
                (criterion.id, criterion.text.of(say.language), criterion.rule.text)
                for criterion in protocol.eligibility.criteria
                if criterion.kind == kind
            ),
            say(kind),
        )
        for kind in ("inclusion", "exclusion")
    ]


def _consent(protocol: Protocol, say: Say) -> list[Block]:
    consent = protocol.consent
    minor = say("consent_minor", years=consent.adult_from_years, signers=say.codes("SIGNER", consent.minor.signer))
    minor += say("consent_assent") if consent.minor.assent == "required" else ""
    adult = say("consent_adult", years=consent.adult_from_years, signers=say.codes("SIGNER", consent.adult.signer))
    versions = tuple((version.id, str(version.effective)) for version in consent.versions)
    return [
        Items((("", minor, ""), ("", adult, ""))),
        Table((say("consent_version"), say("in_force")), versions),
    ]


def _treatments(protocol: Protocol, say: Say) -> list[Block]:
    return [Items(tuple(("", text, "") for text in texts), title) for _, title, texts in regimens(protocol, say)]


def _new_therapy(protocol: Protocol, say: Say) -> list[Block]:
    rules = protocol.new_systemic_therapy
    texts = [
        rules.text.of(say.language),
        say(
            "new_therapy_counts", indications=say.codes("INDICATION", rules.indications),
            routes=say.codes("ROUTE", rules.routes_excluded),
        ),
        say("new_therapy_steroid", dose=f"{rules.steroid_reescalation_mg_per_kg:g}"),
        say("new_therapy_replacement", dose=f"{rules.replacement_hydrocortisone_mg:g}"),
    ]  # fmt: skip
    return [Items(tuple(("", text, "") for text in texts if text))]


def _response(protocol: Protocol, say: Say) -> list[Block]:
    response = protocol.response
    rows = tuple(
        (
            name,
            protocol.axes[window.axis].title.of(say.language),
            str(window.nominal),
            f"{window.earliest}-{window.latest}",
        )
        for name, window in response.windows.items()
    )
    texts = (
        say("response_baseline"),
        say("response_evaluator", evaluator=say.code("EVALUATOR", response.evaluator)),
        say("response_nearest", missing=response.missing_is),
    )
    return [
        Items(tuple(("", text, "") for text in texts)),
        Table((say("window"), say("axis"), say("day"), say("window")), rows),
    ]


def _populations(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple(
        (name, population.title.of(say.language), population.text.of(say.language))
        for name, population in protocol.populations.items()
    )
    return [Table((say("code"), say("population"), say("definition")), rows)]


def _estimands(protocol: Protocol, say: Say) -> list[Block]:
    rows = []
    for name, estimand in protocol.estimands.items():
        events = []
        for event in estimand.intercurrent_events:
            note = event.text.of(say.language)
            strategy = say(f"strategy_{event.strategy}")
            events.append(f"{say(f'event_{event.event}')}: {strategy}" + (f" ({note})" if note else ""))
        rows.append(
            (
                name,
                estimand.title.of(say.language),
                f"{estimand.endpoint}, {estimand.population}",
                "; ".join(events),
                estimand.summary.of(say.language),
            )
        )
    head = (say("code"), say("estimand"), f"{say('endpoint')}, {say('population')}", say("events"), say("summary"))
    treatments = {estimand.treatment for estimand in protocol.estimands.values()}
    blocks: list[Block] = [Table(head, tuple(rows))]
    if len(treatments) == 1:
        blocks.insert(0, Facts(((say("treatment"), treatments.pop().of(say.language)),)))
    return blocks


def _analyses(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple(
        (
            analysis.id,
            analysis.title.of(say.language),
            analysis.estimand or "",
            analysis.endpoint or "",
            analysis.population,
            analysis.method.replace("_", " "),
        )
        for analysis in protocol.analyses
    )
    head = (say("code"), say("analysis"), say("estimand"), say("endpoint"), say("population"), say("method"))
    return [Table(head, rows)]


def _sample_size(protocol: Protocol, say: Say) -> list[Block]:
    size = protocol.sample_size
    numbers = say(
        "sample_size_text", experimental=f"{size.p_experimental:.0%}"[:-1], control=f"{size.p_control:.0%}"[:-1],
        alpha=f"{100 * size.alpha_two_sided:g}", power=f"{100 * size.power:g}", n=size.per_arm,
        dropout=f"{100 * size.dropout:g}", inflated=size.per_arm_inflated,
    )  # fmt: skip
    texts = [numbers, say("sample_size_formula", formula=say(f"formula_{size.formula}")), size.text.of(say.language)]
    return [Paragraph(text) for text in texts if text]


def _safety(protocol: Protocol, say: Say) -> list[Block]:
    safety = protocol.safety
    drugs = say.listed(protocol.forms[form].title.of(say.language) for form in safety.last_dose_of)
    rows = []
    for what, start in (("ae", safety.ae_from), ("sae", safety.sae_from)):
        until = say("safety_until", start=say(f"safety_{start}"), days=safety.until_days_after, drugs=drugs)
        rows.append((say(f"safety_{what}"), until))
    infusion = say("safety_infusion", hours=f"{safety.infusion_window_hours:g}")
    blocks: list[Block] = [Facts(tuple(rows)), Paragraph(infusion)]
    text = safety.text.of(say.language)
    return [*blocks, Paragraph(text)] if text else blocks


def _deviations(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple(
        (deviation.code, deviation.text.of(say.language), say(deviation.severity)) for deviation in protocol.deviations
    )
    return [Table((say("code"), say("text"), say("severity")), rows)] if rows else []


def _sites(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple(
        (
            site.id,
            site.name.of(say.language),
            say.listed(f"{version}: {day}" for version, day in site.effective.items()),
        )
        for site in protocol.sites
    )
    return [Table((say("site"), say("name"), say("in_force")), rows)]


def _versions(protocol: Protocol, say: Say) -> list[Block]:
    rows = tuple((version.id, str(version.date), version.text.of(say.language)) for version in protocol.versions)
    return [Table((say("version"), say("date"), say("text")), rows)]
