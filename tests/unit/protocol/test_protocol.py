"""The index protocol as an object; its hash; versions in force by site and date; the restricted file."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from equipoise.days import parse_day
from equipoise.errors import ProtocolError, TrialErrors
from equipoise.protocol.catalogue import CATALOGUE, TYPES
from equipoise.protocol.load import load_history, load_protocol
from equipoise.protocol.sealed import commitment, load_restricted
from equipoise.rules import Outcome

# --- the object ---


def test_the_index_protocol_is_in_order(index_protocol):
    assert index_protocol.trial.id == "MSC-SR-AGVHD"
    assert index_protocol.trial.registry.id == "NCT02241018"
    assert [arm.id for arm in index_protocol.arms] == ["MSC", "CONTROL"]
    assert len(index_protocol.sites) == 9
    assert index_protocol.randomization.planned == 198
    assert index_protocol.version == "1.0"


def test_visits_count_from_elapsed_day_0(index_protocol):
    # data-model.md: the clinic's day n is elapsed n - 1; day 28 with window 25-31 is elapsed 24-30; month 3 is day 91
    visits = index_protocol.visit
    assert (visits["D28"].nominal, visits["D28"].earliest, visits["D28"].latest) == (27, 24, 30)
    assert (visits["M3"].nominal, visits["M6"].nominal, visits["M12"].nominal) == (91, 183, 365)
    assert (visits["SCR"].earliest, visits["SCR"].latest) == (-7, 0)


def test_a_repeat_is_written_out_month_by_month(index_protocol):
    repeated = [visit for visit in index_protocol.visits if visit.repeat_of == "LATER"]
    assert [visit.id for visit in repeated[:3]] == ["M15", "M18", "M21"]
    assert [visit.month for visit in repeated] == list(range(15, int(repeated[-1].month) + 1, 3))
    assert repeated[0].nominal == 457  # 15 x 30.4375 = 456.56
    assert repeated[0].title.zh == "第15个月"


def test_sites_arms_visits_and_deviations_are_found_by_id(index_protocol):
    assert index_protocol.site["03"].effective["1.0"].isoformat() == "2014-09-01"
    assert index_protocol.arm["CONTROL"].role == "control"
    assert index_protocol.deviation["MSC_DOSE"].severity == "major"
    assert index_protocol.analysis["OR28"].estimand == "E1"


def test_a_form_is_ready_for_capture(index_protocol):
    form = index_protocol.forms["AGVHD"]
    assert (form.date, form.time, form.evaluator, form.stream) == ("GV_DATE", "GV_TIME", "GV_EVALUATOR", "clinical")
    bilirubin = form.items["GV_BILIRUBIN"]
    assert bilirubin.units == ("mg/dL", "umol/L")
    assert bilirubin.per == {"umol/L": 17.1}
    assert form.items["GV_BLOOD"].codes == {"Y", "N"}
    assert list(form.items["GV_UGI"].codelist.codes) == ["NONE", "INTERMITTENT", "PERSISTENT"]
    assert index_protocol.forms["MSC"].stream == "treatment"
    check = next(check for check in form.checks if "GV_BILIRUBIN_DATE" in check.rule.names)
    assert check.rule.evaluate({}) is Outcome.UNKNOWN


def test_nothing_of_a_protocol_can_be_changed(index_protocol):
    with pytest.raises(ValidationError, match="frozen"):
        index_protocol.randomization.planned = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        index_protocol.forms["AGVHD"].title = None


def test_what_sites_can_see_of_the_randomization_is_not_how_the_list_is_made(index_protocol):
    assert set(index_protocol.randomization.model_dump()) == {
        "scheme", "ratio", "strata", "planned", "restricted", "text",
    }  # fmt: skip


def test_every_name_of_the_catalogue_says_what_it_is_in_both_languages():
    assert all(entry.meaning.en and entry.meaning.zh for entry in CATALOGUE.values())
    assert {"age_years", "agvhd_grade", "steroid_resistant", "response_day28", "consented", "sex"} <= set(TYPES)
    assert TYPES["response_day28"].codes == {"CR", "PR", "NR"}


# --- the hash ---


def test_comments_spacing_and_the_order_of_keys_do_not_change_the_hash(write, small):
    write(
        ("schema_version: 1\n", "# a remark\nschema_version:   1   # one\n\n"),
        ('  phase: "3"\n  country: CN\n', '  country: CN\n  phase: "3"\n'),
    )
    assert load_protocol("protocol.yaml").hash == small.hash


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"age_years >= 14.0', '"age_years >= 15.0'),
        ('{en: "Safety", zh: "安全性人群"}', '{en: "Safety", zh: "安全人群"}'),
        ("GV_BILIRUBIN <= 60", "GV_BILIRUBIN <= 61"),
        ("every_months: 3, after: M12, until: 69", "every_months: 3, after: M12, until: 66"),
    ],
)
def test_any_change_of_meaning_changes_the_hash(write, small, old, new):
    write((old, new))
    assert load_protocol("protocol.yaml").hash != small.hash


def test_a_check_changes_the_hash_of_its_own_form_only(write, small):
    write(("GV_BILIRUBIN <= 60", "GV_BILIRUBIN <= 61"))
    after = load_protocol("protocol.yaml").forms
    assert [name for name, form in small.forms.items() if form.hash != after[name].hash] == ["AGVHD"]


@pytest.mark.requirement(54)
def test_the_order_of_forms_changes_no_form(write, small):
    write(("[SCREENING, SCREENFAIL, DEMOG,", "[DEMOG, SCREENFAIL, SCREENING,"))
    reordered = load_protocol("protocol.yaml").forms
    assert {name: form.hash for name, form in reordered.items()} == {n: form.hash for n, form in small.forms.items()}


# --- versions in force ---

AMENDED = (
    ('    text: {en: "First version", zh: "初始版本"}\n', '    text: {en: "First version", zh: "初始版本"}\n'
     '  - {id: "2.0", date: 2016-01-10, text: {en: "Age limit 70", zh: "年龄上限70岁"}}\n'),
    ("age_years <= 65.0", "age_years <= 70.0"),
    ('zh: 中心 01}, time_zone: Asia/Shanghai, effective: {"1.0": 2014-09-01}',
     'zh: 中心 01}, time_zone: Asia/Shanghai, effective: {"1.0": 2014-09-01, "2.0": 2016-03-01}'),
    ('zh: 中心 02}, time_zone: Asia/Shanghai, effective: {"1.0": 2014-09-01}',
     'zh: 中心 02}, time_zone: Asia/Shanghai, effective: {"1.0": 2014-09-01, "2.0": 2016-06-15}'),
)  # fmt: skip


@pytest.fixture(scope="module")
def amended(small_text, tmp_path_factory):
    """A trial with an amendment: version 1.0 in earlier/, version 2.0 in protocol.yaml; site 03 has not approved it."""
    folder = tmp_path_factory.mktemp("amended")
    (folder / "earlier").mkdir()
    (folder / "earlier" / "v1.yaml").write_text(small_text, encoding="utf-8")
    text = small_text
    for old, new in AMENDED:
        text = text.replace(old, new)
    (folder / "protocol.yaml").write_text(text, encoding="utf-8")
    return load_history(folder)


@pytest.mark.requirement(53)
@pytest.mark.parametrize(
    ("site", "day", "version"),
    [
        ("01", "2014-09-01", "1.0"),
        ("01", "2016-02-29", "1.0"),
        ("01", "2016-03-01", "2.0"),
        ("02", "2016-03-01", "1.0"),
        ("02", "2016-06-15", "2.0"),
        ("03", "2019-01-01", "1.0"),
    ],
)
def test_the_version_in_force_depends_on_site_and_day(amended, site, day, version):
    assert amended.in_force(site, parse_day(day)).version == version


def test_each_version_keeps_its_own_rules(amended):
    old, new = (amended.version(name).eligibility.criteria[0].rule for name in ("1.0", "2.0"))
    assert [rule.evaluate({"age_years": 68.0}) for rule in (old, new)] == [Outcome.FALSE, Outcome.TRUE]
    assert amended.latest.version == "2.0"


def test_before_the_first_approval_no_version_is_in_force(amended):
    with pytest.raises(ProtocolError) as caught:
        amended.in_force("02", parse_day("2014-08-31"))
    assert str(caught.value) == (
        "site 02: no version of the protocol is in force on 2014-08-31\n"
        "  rule:   VERSION-IN-FORCE\n"
        "  remedy: the first is in force from 2014-09-01"
    )


def test_a_site_or_version_that_is_not_there_is_told(amended):
    with pytest.raises(ProtocolError, match="site 77: the protocol has no such site"):
        amended.in_force("77", 20000)
    with pytest.raises(ProtocolError, match=r"there is no version 3\.0 of the protocol"):
        amended.version("3.0")


def test_a_folder_without_the_file_of_a_version_is_refused(write):
    write(*AMENDED)
    with pytest.raises(TrialErrors, match=r"the versions are 1\.0, 2\.0, and the files are 2\.0"):
        load_history(".")


def test_versions_of_another_trial_are_refused(write):
    write(("  id: MSC-SR-AGVHD\n", "  id: OTHER\n"), file="earlier/v1.yaml")
    write(*AMENDED)
    with pytest.raises(TrialErrors, match="this is the protocol of OTHER, not of MSC-SR-AGVHD"):
        load_history(".")


OWN = """forms:
  OWN:
    title: {en: Own, zh: 自有}
    kind: event
    group: history
    items:
      - [OW_LEVEL, decimal, UNIT, {en: Level, zh: 水平}]
      - [OW_KIND, code, KINDS, {en: Kind, zh: 种类}]
  library:"""
KINDS = "codelists:\n  KINDS: {A: {en: A, zh: A}, B: {en: B, zh: B}}\n\nforms:\n"


@pytest.mark.requirement(54)
def test_an_item_keeps_its_type_unit_and_codes_in_every_version(write):
    first = OWN.replace("UNIT", "mg/dL").removeprefix("forms:\n")
    second = OWN.replace("UNIT", "g/L").removeprefix("forms:\n")
    write(("forms:\n  library:", KINDS + first), file="earlier/v1.yaml")
    write(("forms:\n  library:", KINDS.replace(", B: {en: B, zh: B}", "") + second), *AMENDED)
    with pytest.raises(TrialErrors) as caught:
        load_history(".")
    assert [str(fault).split("\n")[0] for fault in caught.value.faults] == [
        "version 2.0, form OWN, item OW_LEVEL: the first unit 'mg/dL' became 'g/L'",
        "version 2.0, form OWN, item OW_KIND: the code list lost B",
    ]


@pytest.mark.requirement(54)
def test_an_item_may_be_removed_and_its_data_stay_under_the_version_that_has_it(write):
    write(("forms:\n  library:", KINDS + OWN.replace("UNIT", "mg/dL").removeprefix("forms:\n")), file="earlier/v1.yaml")
    write(*AMENDED)
    history = load_history(".")
    assert "OWN" not in history.latest.forms
    assert "OW_LEVEL" in history.version("1.0").forms["OWN"].items


# --- the restricted file ---


@pytest.mark.requirement(6)
def test_the_restricted_file_of_the_index_trial(index_protocol_path):
    restricted = load_restricted(index_protocol_path.parent / "randomization.yaml")
    assert restricted.block_sizes == (4,)
    assert restricted.method == "permuted_blocks"


def test_the_commitment_is_the_hash_of_salt_and_canonical_content():
    # sha256(0x00ff + '{"a":[4],"b":"x"}'), by sha256sum
    content = {"b": "x", "salt": "00ff", "a": (4,)}
    assert commitment(content) == "sha256:9f7ed58a87e78bdbc869032b98141830d1bbbff2000e5a9045bbb01f70ae15c6"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("block_sizes: [4]", "block_sizes: [6]", "randomization.yaml is not the file that this hash was made from"),
        ("block_sizes: [4]", "block_sizes: [5]", "block_sizes[1]: a block of 5 cannot meet the ratio"),
        ("block_sizes: [4]", "block_sizes: []", "block_sizes: [] is not a list of 1 or more"),
        ("length: 200", "length: 100", "length: the list of 100 is shorter than the 198 subjects planned"),
        ("scheme: main", "scheme: other", "scheme: the scheme other is not that of the protocol, main"),
        ("algorithm: 1", "algorithm: one", "algorithm: one is not a whole number"),
        ("method: permuted_blocks", "method: coin", "method: coin is not permuted_blocks"),
    ],
)
def test_a_restricted_file_that_is_not_the_one_committed_to_is_told(faults_of, write, tmp_path, old, new, fault):
    path = tmp_path / "randomization.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert any(fault in told for told in faults_of())


def test_a_site_without_the_restricted_file_can_read_the_protocol(write, tmp_path):
    write()
    Path("randomization.yaml").unlink()
    assert load_protocol("protocol.yaml").randomization.restricted.file == "randomization.yaml"


def test_the_index_protocol_is_read_within_its_budget(index_protocol_path):
    """0.6 s of processor time; a busy machine is given three times that."""
    start = time.process_time()
    load_protocol(index_protocol_path)
    assert time.process_time() - start < 1.8
