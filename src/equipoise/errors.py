"""Errors that a person can put right: fault, place, rule, remedy.

`TrialError` is shown without a traceback, in the form

    subject 03-014, visit D28: lower GI stage 5 is not one of 0, 1, 2, 3, 4, NE
      rule:   GVHD-STAGE
      remedy: correct the assessment form, or record the organ as not evaluable (NE)

Each subclass has an exit code of its own; the command line ends with it. A fault of ours is an `assert`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class TrialError(Exception):
    """A fault that a person can put right.

    Args:
        fault: what is wrong, with the value and what was allowed. A template: `{name}` takes a parameter.
        where: the place, in the words of the form or file (`subject 03-014, visit D28`).
        rule: id of the rule that was broken.
        remedy: what to do about it. A template too.
        params: values of the templates, kept for programs and for catalogues in other languages.
    """

    exit_code: ClassVar[int] = 10

    def __init__(self, fault: str, *, where: str = "", rule: str = "", remedy: str = "", **params: Any):
        self.fault_template, self.remedy_template = fault, remedy
        self.where, self.rule, self.params = where, rule, params
        self.fault = fault.format(**params) if params else fault
        self.remedy = remedy.format(**params) if params else remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.fault}" if self.where else self.fault]
        if self.rule:
            lines.append(f"  rule:   {self.rule}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The error for a program: fault, where, rule, remedy, parameters."""
        return {
            "error": type(self).__name__,
            "fault": self.fault,
            "where": self.where,
            "rule": self.rule,
            "remedy": self.remedy,
            "params": {name: str(value) for name, value in self.params.items()},
        }


class TrialErrors(TrialError):
    """All faults of one file, form or action at once, in the order in which the reader meets them."""

    def __init__(self, faults: Sequence[TrialError]):
        assert faults
        self.faults = tuple(faults)
        super().__init__(faults[0].fault, where=faults[0].where, rule=faults[0].rule, remedy=faults[0].remedy)
        self.exit_code = faults[0].exit_code  # type: ignore[misc]

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        return "\n".join([*(str(fault) for fault in self.faults), f"{len(self.faults)} faults"])

    def as_dict(self) -> dict[str, Any]:
        """Every fault, for a program."""
        return {"error": type(self).__name__, "faults": [fault.as_dict() for fault in self.faults]}


class ProtocolError(TrialError):
    """The protocol file says something that cannot be right."""

    exit_code = 11


class RecordError(TrialError):
    """A form or record holds something that the protocol does not allow."""

    exit_code = 12


class VersionConflict(RecordError):
    """Somebody saved another version of the same form in between."""

    exit_code = 13


class Refused(TrialError):
    """The protocol or the state of the trial does not allow this action now."""

    exit_code = 14


class NotPermitted(TrialError):
    """This person may not do this."""

    exit_code = 15


class LedgerError(TrialError):
    """The record log is damaged, incomplete or unprotected."""

    exit_code = 16


class StorageError(TrialError):
    """The database or a file could not be read or written (full disk, read-only, not a database)."""

    exit_code = 17


class AllocationError(TrialError):
    """The allocation list or its specification is not in order."""

    exit_code = 18


class AnalysisDataError(TrialError):
    """Data given to an estimator or an analysis cannot be analysed as asked."""

    exit_code = 19


class ScenarioError(TrialError):
    """A simulation scenario is not in order."""

    exit_code = 20


class DesignError(TrialError):
    """A sample size, power or boundary was asked for with assumptions that cannot be."""

    exit_code = 21
