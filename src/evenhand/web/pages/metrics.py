"""What a monitoring system counts: requests and jobs, how long they took, how long the queue waits; nobody is named."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Min
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from evenhand._version import __version__
from evenhand.adapters.store.models import Book, Handoff, PlanRun, State, Study
from evenhand.web.counting import write_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_KINDS = {"book": Book.objects, "plan": PlanRun.objects, "study": Study.objects, "handoff": Handoff.objects}
_HERE = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO", "HTTP_VIA")
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the figures in Prometheus' text format, to whoever may have them; for others there is no such page."""
    if not _may(request):
        raise Http404
    return HttpResponse("".join(_lines()) + write_counts(), content_type=_TYPE)


def _may(request: HttpRequest) -> bool:
    """Let in who has the token; where none is set, who asks from this machine itself, not through a proxy."""
    token = settings.EVENHAND_METRICS_TOKEN
    if token:
        said = request.headers.get("Authorization", "")
        return hmac.compare_digest(said.encode(), f"Bearer {token}".encode())
    is_forwarded = any(name in request.META for name in _FORWARDED)
    return request.META.get("REMOTE_ADDR") in _HERE and not is_forwarded


def _lines() -> Iterator[str]:
    yield _head("evenhand_build", "gauge", "The version that runs.")
    yield f'evenhand_build{{version="{__version__}"}} 1\n'
    yield _head("evenhand_jobs", "gauge", "Jobs by kind and state.")
    for kind, rows in _KINDS.items():
        n_by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
        for state in State.values:
            yield f'evenhand_jobs{{kind="{kind}",state="{state}"}} {n_by_state.get(state, 0)}\n'
    now = timezone.now()
    yield _head("evenhand_job_waiting_seconds", "gauge", "How long the oldest waiting job has waited; 0 for none.")
    for kind, rows in _KINDS.items():
        oldest = rows.filter(state=State.WAITING).aggregate(first=Min("created_at"))["first"]
        seconds = (now - oldest).total_seconds() if oldest else 0.0
        yield f'evenhand_job_waiting_seconds{{kind="{kind}"}} {max(seconds, 0.0):.3f}\n'
    took = ExpressionWrapper(F("finished_at") - F("started_at"), output_field=DurationField())
    for figure, of, words in (("mean", Avg, "On average"), ("longest", Max, "The longest")):
        name = f"evenhand_job_{figure}_seconds"
        yield _head(name, "gauge", f"{words} that done jobs took, of those that ended within a day.")
        for kind, rows in _KINDS.items():
            ended = rows.filter(state=State.DONE, started_at__isnull=False, finished_at__gte=now - dt.timedelta(days=1))
            found = ended.aggregate(took=of(took))["took"]
            yield f'{name}{{kind="{kind}"}} {found.total_seconds() if found else 0.0:.3f}\n'


def _head(name: str, kind: str, words: str) -> str:
    return f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
