"""Short histories of subjects, written by hand, as the columns that the response rules take."""

import numpy as np

from equipoise.arrays import NEVER
from equipoise.state.response import Assessments, Course


def columns(*subjects):
    """Assessments and course of some subjects.

    Each subject is a mapping: `base` stages; `staged` (clinic day: stages, None for a missing organ); `vgpr` (clinic
    days on which its criteria were met); `minute` (clinic day: minute); `death`, `therapy`, `void_from` (clinic days);
    `therapy_minute`. Clinic day n is elapsed day n - 1 from the origin.
    """

    def elapsed(day):
        return NEVER if day is None else day - 1

    def stages(row):
        return [-1 if stage is None else stage for stage in row]

    rows = [(subject, day, staged) for subject in subjects for day, staged in sorted(subject.get("staged", {}).items())]
    counts = [len(subject.get("staged", {})) for subject in subjects]
    assessments = Assessments(
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        day=np.array([elapsed(day) for _, day, _ in rows], np.int32),
        stages=np.array([stages(staged) for *_, staged in rows], np.int8).reshape(-1, 4).T,
        vgpr=np.array([day in subject.get("vgpr", ()) for subject, day, _ in rows], np.int8),
        minute=np.array([subject.get("minute", {}).get(day, -1) for subject, day, _ in rows], np.int16),
    )
    course = Course(
        baseline=np.array([stages(subject["base"]) for subject in subjects], np.int8).T,
        origin=np.zeros(len(subjects), np.int32),
        death=np.array([elapsed(subject.get("death")) for subject in subjects], np.int32),
        therapy=np.array([elapsed(subject.get("therapy")) for subject in subjects], np.int32),
        therapy_minute=np.array([subject.get("therapy_minute", -1) for subject in subjects], np.int16),
        void_from=np.array([elapsed(subject.get("void_from")) for subject in subjects], np.int32),
    )
    return assessments, course
