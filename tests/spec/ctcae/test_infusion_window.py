"""Events after an infusion. Source: Zhao et al. 2022 (six hours from the start); 24 hours is a convention of ours."""

import pytest
from ruamel.yaml import YAML

from equipoise.state.ctcae import INFUSION_EVENTS, InfusionRules, infusion_event

title = "Six hours from the start of an infusion are related to it, up to 24 hours are delayed"


def test_onset_after_the_start_of_an_infusion(rule):
    """Minutes on one scale; both ends are inside."""
    rule(
        infusion_event,
        """
        onset_minute | start_minute || event
            599      |     600      || NOT_RELATED
            600      |     600      || INFUSION_RELATED
            960      |     600      || INFUSION_RELATED    # 6 h
            961      |     600      || DELAYED
           2040      |     600      || DELAYED             # 24 h
           2041      |     600      || NOT_RELATED
        """,
        names={name: place for place, name in enumerate(INFUSION_EVENTS)},
    )


@pytest.mark.shared
def test_the_window_is_that_of_the_reference_file(shared):
    reference = YAML(typ="safe").load(shared / "domain" / "ctcae.yaml")
    assert InfusionRules().related_hours == reference["infusion_window_hours"]
