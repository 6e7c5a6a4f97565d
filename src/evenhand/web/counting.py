"""Counting requests for a monitoring system: how many, and how long they take, by the name of the route.

Gunicorn's processes count together in the folder that ``PROMETHEUS_MULTIPROC_DIR`` names; `evenhand serve` makes one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

if TYPE_CHECKING:
    from django.urls import ResolverMatch

_VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call] # as its authors left it
_own = CollectorRegistry()
_requests = Counter(
    "evenhand_requests", "Requests answered, by route, verb and status.", ["route", "verb", "status"], registry=_own
)
_took = Histogram(
    "evenhand_request_seconds", "How long answers took, by route.", ["route"], buckets=_SECONDS, registry=_own
)


def count_request(match: ResolverMatch | None, verb: str, status: int, seconds: float) -> None:
    """Count an answer under the name of its route; no address, person or query is kept."""
    route = (match.view_name or match.route) if match else "none"
    _requests.labels(route, verb if verb in _VERBS else "other", str(status)).inc()
    _took.labels(route).observe(seconds)


def write_counts() -> str:
    """Return what all processes have counted, in Prometheus' text format."""
    counted = _own
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call] # as its authors left it
    return generate_latest(counted).decode()
