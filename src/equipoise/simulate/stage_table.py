"""The joint distribution of organ stages at baseline, made to match the published margins.

Skin, liver and gut stages start from how common each stage is in an involved organ; the table is then raked: scaled in
turn until the totals of the organ sets (which organs are involved) and of the overall grades are those of the scenario.

Source of the method: Deming & Stephan 1940, Ann Math Statist 11:427-444. Checked: margins (tests/unit/simulate).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from equipoise.arrays import Codes, Flags, Floats, Stages
from equipoise.simulate.scenario_people import Baseline
from equipoise.simulate.transforms import choice
from equipoise.state.gvhd import overall_grade

_ORGANS_OF_SET = {
    "SKIN": (1, 0, 0),
    "LIVER": (0, 1, 0),
    "GI": (0, 0, 1),
    "SKIN_LIVER": (1, 1, 0),
    "SKIN_GI": (1, 0, 1),
    "LIVER_GI": (0, 1, 1),
    "SKIN_LIVER_GI": (1, 1, 1),
}
_ROUNDS = 200
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True)
class StageTable:
    """Cells with a probability; stages int8 [n_cells].

    `upper_gi_only`: probability that gut stage 1 is of the upper GI alone. `both`: probability that a lower GI
    involvement comes with the upper GI.
    """

    skin: Stages
    liver: Stages
    gi: Stages
    grade: Codes
    probability: Floats
    upper_gi_only: float
    both: float

    def draw(self, cell: Floats, upper: Floats) -> Stages:
        """Organ stages of subjects: int8 [4, n] in the order skin, liver, upper GI, lower GI.

        Args:
            cell, upper: uniforms, float64 [n].
        """
        row = choice(cell, self.probability)
        skin, liver, gi = self.skin[row], self.liver[row], self.gi[row]
        only = (gi == 1) & (upper < self.upper_gi_only)
        both = (gi > 0) & ~only & (upper > 1 - self.both)
        return np.array([skin, liver, only | both, np.where(only, 0, gi)], np.int8)

    def share_indivisible(self, grade: int) -> float:
        """Share of a grade whose only sign is one organ at stage 1, so that to improve is to be well again."""
        single = indivisible(np.array([self.skin, self.liver, np.zeros_like(self.gi), self.gi]))
        alone = np.where(self.gi == 1, self.upper_gi_only + (1 - self.upper_gi_only) * (1 - self.both), 1.0)
        of_grade = self.grade == grade
        return float((self.probability * alone)[single & of_grade].sum() / self.probability[of_grade].sum())


def indivisible(stages: Stages) -> Flags:
    """Whether one organ at stage 1 is all there is, bool [n]; stages int8 [4, n]."""
    return stages.sum(axis=0) == 1


def stage_table(baseline: Baseline) -> StageTable:
    """The raked table of a scenario."""
    skin, liver, gi = (axis.ravel().astype(np.int8) for axis in np.meshgrid(*[np.arange(5)] * 3, indexing="ij"))
    grade = overall_grade(skin, liver, np.zeros_like(skin), gi)
    weights = [np.array([1.0, *getattr(baseline.stage_weights, organ)]) for organ in ("skin", "liver", "gi")]
    probability = weights[0][skin] * weights[1][liver] * weights[2][gi]
    probability[~np.isin(grade, [int(name) for name in baseline.grade])] = 0.0
    organs = (skin > 0).astype(int) + 2 * (liver > 0) + 4 * (gi > 0)
    sets = {sum(2**k * on for k, on in enumerate(_ORGANS_OF_SET[name])): n for name, n in baseline.organ_sets.items()}
    margins = [(organs, sets), (grade, {int(name): share for name, share in baseline.grade.items()})]
    for _ in range(_ROUNDS):
        before = probability
        for labels, totals in margins:
            probability = _scaled(probability, labels, totals)
        if np.abs(probability - before).max() < _CLOSE:
            break
    keep = probability > 0
    gut, upper = probability[gi > 0].sum(), baseline.upper_gi
    only = upper.only / upper.any_gi * gut / probability[gi == 1].sum()
    both = upper.with_lower / (upper.any_gi - upper.only)
    return StageTable(skin[keep], liver[keep], gi[keep], grade[keep], probability[keep], float(only), both)


def _scaled(probability: Floats, labels: np.ndarray, totals: dict[int, float]) -> Floats:
    """The table scaled so that each label has its share of the totals."""
    target = np.zeros(int(labels.max()) + 1)
    for label, total in totals.items():
        target[label] = total
    target = target / target.sum()
    found = np.bincount(labels, probability, minlength=target.size)
    factor = np.divide(target, found, out=np.zeros_like(target), where=found > 0)
    return probability * factor[labels]
