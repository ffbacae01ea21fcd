"""From the protocol's numbers to the clinical rules: none is read from the file and then left aside."""

from __future__ import annotations

import pytest

from equipoise.protocol.disease import Staging, SteroidResistance
from equipoise.protocol.load import load_protocol
from equipoise.state.parameters import resistance_rules, staging_rules

OTHER_WORDS = {"bilirubin_table": "si"}


@pytest.fixture(scope="module")
def protocol(index_protocol_path):
    return load_protocol(index_protocol_path)


@pytest.mark.parametrize("key", sorted(Staging.model_fields.keys() - {"system", "text"}))
def test_every_number_of_the_staging_changes_the_rules(protocol, key):
    declared = protocol.staging
    value = getattr(declared, key)
    if key == "child_columns":
        others = [value.model_copy(update={name: 1 + getattr(value, name)}) for name in type(value).model_fields]
    else:
        others = [OTHER_WORDS[key] if key in OTHER_WORDS else value / 2]
    for other in others:
        assert staging_rules(declared.model_copy(update={key: other})) != staging_rules(declared)


@pytest.mark.parametrize("key", sorted(SteroidResistance.model_fields.keys() - {"text"}))
def test_every_number_of_steroid_resistance_changes_the_rules(protocol, key):
    declared = protocol.steroid_resistance
    other = declared.model_copy(update={key: getattr(declared, key) + 1})
    assert resistance_rules(other) != resistance_rules(declared)
