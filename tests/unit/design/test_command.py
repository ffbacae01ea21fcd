"""`equipoise design`: the sample size of a protocol on the terminal, as JSON and as a figure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from numpy.testing import assert_allclose

from equipoise import design
from equipoise.cli.main import run
from equipoise.errors import DesignError, ProtocolError


@pytest.fixture
def equipoise(capsys):
    """Runs `equipoise design`; gives its exit code, output and error output."""

    def command(*arguments: object) -> tuple[int, str, str]:
        code = run(["design", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def changed(index_protocol_path, tmp_path):
    """The index protocol with its section `sample_size` changed, in a folder of its own."""

    def write(*changes: tuple[str, str]) -> str:
        text = index_protocol_path.read_text(encoding="utf-8")
        start, end = text.index("\nsample_size:"), text.index("\nsafety:")
        section = text[start:end]
        for old, new in changes:
            assert old in section
            section = section.replace(old, new)
        path = tmp_path / "protocol.yaml"
        path.write_text(text[:start] + section + text[end:], encoding="utf-8")
        sealed = index_protocol_path.with_name("randomization.yaml")
        (tmp_path / "randomization.yaml").write_bytes(sealed.read_bytes())
        return str(path)

    return write


LOOKS = "  looks: {information: [0.5], boundary: spending_obrien_fleming%s}\n  text:"


def test_the_index_trial_needs_93_and_98_per_arm(equipoise, index_protocol_path):
    code, out, err = equipoise(index_protocol_path)
    assert (code, err) == (0, "")
    assert "Needed in each arm: 93 with a result, 98 randomized; as the protocol states." in out
    assert "70 % with MSC, 50 % with CONTROL, a difference of 20 points." in out
    assert "Two-sided alpha 5 %, power 80 %, arms 1 : 1, 5 % of the subjects without a result." in out
    assert "Interim looks: the protocol plans none." in out


def test_the_numbers_come_out_of_the_assumptions(equipoise, changed):
    path = changed(("p_control: 0.50", "p_control: 0.55"))
    code, out, err = equipoise(path)
    size = design.sample_size_two_proportions(0.7, 0.55, alpha_two_sided=0.05, drop_out=0.05)
    assert code == ProtocolError.exit_code
    expected = f"{size.per_arm[0]} with a result, {size.per_arm_inflated[0]} randomized; NOT as the protocol states."
    assert expected in out
    assert f"the protocol states 93 and 98 per arm, and its assumptions give {size.per_arm[0]}" in err
    assert "rule:   SAMPLE-SIZE" in err


def test_json_holds_the_page(equipoise, index_protocol_path):
    code, out, _ = equipoise(index_protocol_path, "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["per_arm"] == [93, 93]
    assert facts["per_arm_inflated"] == [98, 98]
    assert facts["as_stated"] is True
    assert {size["method"]: size["per_arm"][0] for size in facts["sizes"]} == {
        "pooled": 93, "unpooled": 91, "arcsine": 93, "pooled_corrected": 103, "fisher": 102, "chi_square": 94,
    }  # fmt: skip
    planned = {row["size"]: row["n"] for row in facts["power"]}
    assert planned == {"analysed": [93, 93], "if none drops out": [98, 98], "as planned in all": [99, 99]}
    analysed = facts["power"][0]
    for method in ("fisher", "chi_square"):
        exact = design.power_two_proportions(93, 93, 0.7, 0.5, alpha_two_sided=0.05, method=method)
        assert_allclose(analysed[method], exact, rtol=1e-13)
    assert facts["looks"] is None
    assert facts["curve"]["rate"] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8]
    assert_allclose(facts["curve"]["pooled"][0], 0.05, rtol=1e-12)


def test_looks_enlarge_the_trial_and_have_their_bounds(equipoise, changed):
    plan = design.group_sequential(2, alpha_two_sided=0.05)
    fixed = design.sample_size_two_proportions(0.7, 0.5, alpha_two_sided=0.05)
    n = design.rounded_up(fixed.n_control * plan.inflation_factor)
    path = changed(
        ("  text:", LOOKS % ""),
        ("per_arm: 93", f"per_arm: {n}"),
        ("per_arm_inflated: 98", f"per_arm_inflated: {design.inflated(n, 0.05)}"),
    )
    code, out, err = equipoise(path)
    assert (code, err) == (0, "")
    assert f"{n} with a result" in out
    for z in plan.critical_values:
        assert f"{z:.4f}" in out
    assert "P, two-sided" in out
    assert "power, if there were one look" in out
    facts = json.loads(equipoise(path, "--json")[1])
    assert_allclose(facts["looks"]["critical_values"], plan.critical_values, rtol=1e-13)
    first = facts["looks"]["critical_rates"][0]
    half = fixed.n_control * plan.inflation_factor / 2
    assert_allclose(first, design.critical_proportion(plan.critical_values[0], half, half, 0.5), rtol=1e-12)


def test_futility_makes_the_test_one_sided_at_half_of_alpha(equipoise, changed):
    path = changed(("  text:", LOOKS % ", futility: [0.5]"))
    facts = json.loads(equipoise(path, "--json")[1].split('\n{\n  "error"')[0])
    plan = design.group_sequential(2, alpha_one_sided=0.025, futility=[0.5])
    assert facts["looks"]["futility_bounds"] == [0.5]
    assert "P, one-sided" in equipoise(path)[1]
    assert_allclose(facts["looks"]["critical_values"], plan.critical_values, rtol=1e-13)


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        (("p_control: 0.50", "p_control: 0.70"), "there is nothing to show", DesignError.exit_code),
        (("  text:", LOOKS % ", futility: [3.5]"), "lies above the bound of efficacy", DesignError.exit_code),
        (("  text:", LOOKS.replace("obrien", "brian") % ""), "is not one of", DesignError.exit_code),
        (("  text:", LOOKS.replace("0.5]", "1.5]") % ""), "less than 1", ProtocolError.exit_code),
    ],
)
def test_what_cannot_be_is_told_in_words(equipoise, changed, change, words, code):
    ended, _, err = equipoise(changed(change))
    assert ended == code
    assert words in err
    assert "Traceback" not in err


def test_the_figure_is_a_file_that_shows_without_the_page(equipoise, index_protocol_path, tmp_path):
    code, out, _ = equipoise(index_protocol_path, "--out", tmp_path / "design")
    assert code == 0
    path = tmp_path / "design" / "power.svg"
    assert str(path) in out
    svg = path.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "Power at 93 per arm, %" in texts
    used, defined = set(re.findall(r"var\(--([\w-]+)\)", svg)), set(re.findall(r"--([\w-]+):", svg))
    assert used <= defined
    again = tmp_path / "again"
    assert equipoise(index_protocol_path, "--out", again)[0] == 0
    assert (again / "power.svg").read_bytes() == path.read_bytes()


def test_a_trial_without_a_binary_primary_endpoint_is_refused(index_protocol_path):
    from equipoise.protocol.load import load_history
    from equipoise.protocol.sizing import sizing

    protocol = load_history(index_protocol_path).latest
    endpoints = {
        name: endpoint.model_copy(update={"role": "secondary"}) for name, endpoint in protocol.endpoints.items()
    }
    with pytest.raises(ProtocolError, match="one primary endpoint that is binary"):
        sizing(protocol.model_copy(update={"endpoints": endpoints}))


def test_it_loads_no_django_and_no_figures_where_none_is_asked_for(index_protocol_path):
    code = (
        "import sys; from equipoise.cli.main import run; "
        f"assert run(['design', {str(index_protocol_path)!r}]) == 0; "
        "print('loaded', sorted({'django', 'matplotlib', 'polars', 'numba', 'scipy.stats'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "loaded []"


def test_the_guide_shows_looks_with_the_numbers_that_come_out(equipoise, changed):
    guide = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "plan-the-size.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(sample_size:\n.*?)```", guide, re.S)
    assert shown is not None
    section = shown[1].removeprefix("sample_size:\n")
    path = Path(changed())
    text = path.read_text(encoding="utf-8")
    start, end = text.index("\nsample_size:") + 1, text.index("\nsafety:") + 1
    path.write_text(text[:start] + "sample_size:\n" + section + "\n" + text[end:], encoding="utf-8")
    code, out, err = equipoise(path)
    assert (code, err) == (0, "")
    assert "as the protocol states" in out
