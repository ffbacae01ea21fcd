"""Every version of a protocol, and which of them is in force at a site on a day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from equipoise.days import day_of, format_day
from equipoise.errors import ProtocolError, TrialErrors
from equipoise.protocol.model import Protocol


class ProtocolHistory:
    """The versions of one trial's protocol, earliest first.

    A record is judged by the version in force at its site and date. The dates of effect are those that the latest
    version gives for its sites: ethics committees approve an amendment at each site on a day of its own.

    Args:
        protocols: one for each version; the last is the one in use.

    Raises:
        TrialErrors: versions that cannot follow each other.
    """

    def __init__(self, protocols: Sequence[Protocol]):
        assert protocols
        order = [version.id for version in protocols[-1].versions]
        self.protocols = tuple(
            sorted(protocols, key=lambda protocol: order.index(protocol.version) if protocol.version in order else -1)
        )
        faults = [*_order_faults(self.protocols), *_stability_faults(self.protocols)]
        if faults:
            raise TrialErrors(faults)
        self._versions = {protocol.version: protocol for protocol in self.protocols}
        self._effective: dict[str, tuple[list[int], list[Protocol]]] = {}
        for site in self.latest.sites:
            dated = sorted((day_of(day), version) for version, day in site.effective.items())
            self._effective[site.id] = [day for day, _ in dated], [self._versions[version] for _, version in dated]

    @property
    def latest(self) -> Protocol:
        """The last version."""
        return self.protocols[-1]

    def version(self, id: str) -> Protocol:
        """A version by its id.

        Raises:
            ProtocolError: there is no such version.
        """
        if id not in self._versions:
            raise ProtocolError(
                "there is no version {version} of the protocol", rule="VERSION",
                remedy="name one of: {known}", version=id, known=", ".join(self._versions),
            )  # fmt: skip
        return self._versions[id]

    def in_force(self, site: str, day: int) -> Protocol:
        """The version in force at a site on a day (days since 1970-01-01).

        Raises:
            ProtocolError: the site is unknown, or no version is in force there yet.
        """
        days, protocols = self._effective.get(site, ([], []))
        place = bisect_right(days, day)
        if place:
            return protocols[place - 1]
        if not days:
            fault, remedy = "the protocol has no such site", "name a site of the protocol"
        else:
            fault, remedy = "no version of the protocol is in force on {day}", "the first is in force from {first}"
        raise ProtocolError(
            fault, where=f"site {site}", rule="VERSION-IN-FORCE", remedy=remedy, day=format_day(day),
            first=format_day(days[0]) if days else "",
        )  # fmt: skip


def _order_faults(protocols: Sequence[Protocol]) -> list[ProtocolError]:
    """Each file states the same trial and goes one version further than the file before."""
    faults = []
    latest = protocols[-1]
    for protocol in protocols[:-1]:
        if protocol.trial.id != latest.trial.id:
            faults.append(
                ProtocolError(
                    "this is the protocol of {other}, not of {trial}",
                    where=f"version {protocol.version}",
                    rule="VERSION-TRIAL",
                    remedy="keep the protocols of one trial in one folder",
                    other=protocol.trial.id,
                    trial=latest.trial.id,
                )
            )
    stated = [version.id for version in latest.versions]
    files = [protocol.version for protocol in protocols]
    if sorted(files) != sorted(stated) or len(set(files)) < len(files):
        faults.append(
            ProtocolError(
                "the versions are {stated}, and the files are {files}",
                where="protocol versions",
                rule="VERSION-FILES",
                remedy="keep one whole file for each version that the latest lists",
                stated=", ".join(stated),
                files=", ".join(files),
            )
        )
    return faults


def _stability_faults(protocols: Sequence[Protocol]) -> list[ProtocolError]:
    """An item keeps its type, its first unit and its codes as long as it lives: captured data keep their meaning."""
    faults = []
    kept: dict[str, tuple[str, str, frozenset[str]]] = {}
    for protocol in protocols:
        for form in protocol.forms.values():
            for item in form.items.values():
                now = item.type, item.units[0] if item.units else "", item.codes or frozenset()
                before = kept.get(item.id, now)
                for what, old, new in zip(("type", "first unit"), before[:2], now[:2], strict=True):
                    if old != new:
                        faults.append(_unstable(protocol, form.id, item.id, f"the {what} {old!r} became {new!r}"))
                if before[2] - now[2]:
                    lost = ", ".join(sorted(before[2] - now[2]))
                    faults.append(_unstable(protocol, form.id, item.id, f"the code list lost {lost}"))
                kept[item.id] = now
    return faults


def _unstable(protocol: Protocol, form: str, item: str, change: str) -> ProtocolError:
    return ProtocolError(
        "{change}", where=f"version {protocol.version}, form {form}, item {item}", rule="ITEM-STABLE",
        remedy="keep the item as it was, and add a new item with an id of its own", change=change,
    )  # fmt: skip
