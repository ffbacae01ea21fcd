"""The pages: each reads the request, reads the log, renders."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from equipoise.records.ledger_rules import MAX_REPEAT
from equipoise.records.record import SUBJECT, Key
from equipoise.store.folder import TrialFolder
from equipoise.web import reading
from equipoise.web.headers import REPORT_POLICY


def trial(request: HttpRequest) -> HttpResponse:
    """The trial: what it is, how far it is, and its sites."""
    protocol = reading.history().latest
    with reading.ledger() as log:
        records_of = reading.current_by_subject(log)
        heads = log.heads()
        simulated = _simulated(records_of)
    lines = reading.subject_lines(records_of)
    sites = []
    for site in protocol.sites:
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
        "simulated": simulated,
        "standings": Counter(line.standing for line in lines),
        "screened": len(lines),
        "randomized": sum(bool(line.randomized) for line in lines),
        "sites": sites,
        "heads": heads.items(),
    }
    return render(request, "web/trial.html", context)


def subjects(request: HttpRequest) -> HttpResponse:
    """All subjects, or those of one site."""
    site = request.GET.get("site", "")
    with reading.ledger() as log:
        records_of = reading.current_by_subject(log)
        simulated = _simulated(records_of)
    lines = [line for line in reading.subject_lines(records_of) if not site or line.site == site]
    context = {
        "protocol": reading.history().latest,
        "lines": lines,
        "site": site,
        "simulated": simulated,
    }
    return render(request, "web/subjects.html", context)


def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """One subject: every form in the order of its date."""
    with reading.ledger() as log:
        records = log.of_unit(SUBJECT, subject)
    if not records:
        raise Http404
    lines = sorted((reading.form_line(record) for record in records), key=lambda line: (line.date or "0", line.at))
    context = {
        "protocol": reading.history().latest,
        "subject": subject,
        "lines": lines,
        "simulated": records[0].via == "simulation",
    }
    return render(request, "web/subject.html", context)


def history(request: HttpRequest, subject: str, form: str, repeat: int, visit: str = "") -> HttpResponse:
    """One form with all its versions: who, when, why, old and new values."""
    if repeat > MAX_REPEAT:
        raise Http404
    with reading.ledger() as log:
        versions = log.history(Key(SUBJECT, subject, form, visit, repeat))
    if not versions:
        raise Http404
    pairs = list(zip(versions, [None, *versions[:-1]]))
    context = {
        "protocol": reading.history().latest,
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
