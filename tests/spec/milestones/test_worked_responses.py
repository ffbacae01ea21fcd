"""The worked response examples of the reference, from filled forms to milestones. Source: response rules, 1 to 15."""

import pytest
from ruamel.yaml import YAML

from equipoise.state.history import milestones
from equipoise.state.response import LEVELS, RESPONSES, level
from trial_records import (
    agent,
    basiliximab,
    contact,
    death,
    index_protocol,
    on,
    randomization,
    staging,
    subject_tables,
    treated,
)

title = "From the staging forms of a control to the response at day 28 and day 56"


def elapsed(day):
    """Clinic's day n is elapsed n - 1: second line starts on the day of randomization."""
    return day - 1


def forms_of(example):
    """The forms that the example describes."""
    gut = {"GV_EATING": "Y", "GV_STOOL_FORMED": "Y"} if example.get("vgpr_criteria") else {}
    staged = {day: stages for day, stages in ((28, example.get("d28")), (56, example.get("d56"))) if stages is not None}
    staged |= example.get("visits", {})
    adult = ("DEMOG", {"DM_BIRTH": "1980-02-03"})
    forms = [adult, randomization(), basiliximab(0), contact(200), staging(0, " ".join(map(str, example["base"])))]
    forms += [staging(elapsed(day), " ".join(map(str, stages)), **gut) for day, stages in staged.items()]
    if "new_therapy_day" in example:
        forms.append(agent(elapsed(example["new_therapy_day"])))
    if "death_day" in example:
        forms.append(death(elapsed(example["death_day"])))
    if "cni_switch_day" in example:
        start = on(elapsed(example["cni_switch_day"]))
        forms.append(("CNI", {"CN_START": start, "CN_DRUG": "TACROLIMUS", "CN_REASON": "NEUROTOXICITY"}))
    return forms


@pytest.mark.shared
def test_every_worked_example(shared):
    examples = YAML(typ="safe").load((shared / "domain" / "response.yaml").read_text())["examples"]
    assert len(examples) == 15
    for example in examples:
        tables = subject_tables(forms_of(example))
        found = milestones(tables, treated(tables, "CONTROL"), index_protocol())
        code = found.response28[0]
        assert (RESPONSES[code], LEVELS[level(code)]) == (example["code"], example["level"]), example["id"]
        if "durable" in example:
            assert bool(found.durable56[0]) is example["durable"], example["id"]
