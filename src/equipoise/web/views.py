"""The pages: each reads the request, reads the log, renders."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from equipoise.conduct.permissions import CENTRAL, can_see
from equipoise.errors import NotPermitted
from equipoise.records.ledger_rules import MAX_REPEAT
from equipoise.records.record import SUBJECT, Key, Record
from equipoise.store.folder import TrialFolder
from equipoise.web import reading
from equipoise.web.headers import REPORT_POLICY
from equipoise.web.trials import history as protocols


def trial(request: HttpRequest) -> HttpResponse:
    """The trial: what it is, how far it is, and its sites; site staff see theirs."""
    protocol = protocols().latest
    log = request.trial.ledger
    records_of = reading.current_by_subject(log)
    lines = _reached(request, reading.subject_lines(records_of))
    sites = []
    for site in _sites(request):
        here = [line for line in lines if line.site == site.id]
        sites.append(
            {
                "id": site.id,
                "name": str(site.name),
                "screened": len(here),
                "randomized": sum(bool(line.randomized) for line in here),
                "forms": sum(line.forms for line in here),
            }
        )
    context = {
        "protocol": protocol,
        "simulated": _simulated(records_of),
        "standings": Counter(line.standing for line in lines),
        "screened": len(lines),
        "randomized": sum(bool(line.randomized) for line in lines),
        "sites": sites,
        "heads": log.heads().items() if request.actor.role in CENTRAL else (),
    }
    return render(request, "web/trial.html", context)


def subjects(request: HttpRequest) -> HttpResponse:
    """All subjects, or those of one site; site staff see theirs."""
    site = request.GET.get("site", "")
    if site in protocols().latest.site:
        _check_site(request, site)
    records_of = reading.current_by_subject(request.trial.ledger)
    lines = _reached(request, reading.subject_lines(records_of))
    context = {
        "protocol": protocols().latest,
        "sites": _sites(request),
        "lines": [line for line in lines if not site or line.site == site],
        "site": site,
        "simulated": _simulated(records_of),
    }
    return render(request, "web/subjects.html", context)


def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """One subject: every form in the order of its date."""
    records = _records(request, subject)
    lines = sorted((reading.form_line(record) for record in records), key=lambda line: (line.date or "0", line.at))
    context = {
        "protocol": protocols().latest,
        "subject": subject,
        "lines": lines,
        "simulated": records[0].via == "simulation",
    }
    return render(request, "web/subject.html", context)


def history(request: HttpRequest, subject: str, form: str, repeat: int, visit: str = "") -> HttpResponse:
    """One form with all its versions: who, when, why, old and new values."""
    if repeat > MAX_REPEAT:
        raise Http404
    _records(request, subject)
    versions = request.trial.ledger.history(Key(SUBJECT, subject, form, visit, repeat))
    if not versions:
        raise Http404
    pairs = list(zip(versions, [None, *versions[:-1]]))
    context = {
        "protocol": protocols().latest,
        "subject": subject,
        "line": reading.form_line(versions[-1]),
        "versions": [(record, reading.answers(record, before)) for record, before in reversed(pairs)],
        "simulated": versions[0].via == "simulation",
    }
    return render(request, "web/history.html", context)


def report(request: HttpRequest) -> HttpResponseBase:
    """The report of the trial, as it was written."""
    path = TrialFolder(settings.TRIAL).report
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


def _simulated(records_of: dict) -> bool:
    return any(records[0].via == "simulation" for records in records_of.values())


def _records(request: HttpRequest, subject: str) -> list[Record]:
    """The records of a subject, for whoever may see the site that the subject belongs to now."""
    records = request.trial.ledger.of_unit(SUBJECT, subject)
    if not records:
        raise Http404
    _check_site(request, reading.subject_lines({subject: records})[0].site)
    return records


def _check_site(request: HttpRequest, site: str) -> None:
    if not can_see(request.actor, site):
        raise NotPermitted(
            "you do not work at site {site} of this trial",
            rule="PERMISSION-SITE",
            remedy="ask the staff of site {site}, or your investigator for a role there",
            site=site,
        )


def _sites(request: HttpRequest) -> list:
    return [site for site in protocols().latest.sites if can_see(request.actor, site.id)]


def _reached(request: HttpRequest, lines: list[reading.SubjectLine]) -> list[reading.SubjectLine]:
    return [line for line in lines if can_see(request.actor, line.site)]
