"""Structured logs: a JSON object a line on standard error, without personal data.

Of an exception its kind and where it happened are written, not what it says: that may quote a name or an address.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS = ("request_id", "method", "route", "status", "ms", "cpu_ms", "job", "kind", "attempt", "worker")


class JsonLines(logging.Formatter):
    """Writes a record as a line of JSON: time, level, logger, message and the fields that are meant for it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in _FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[1]:
            line["exception"] = list(_say_chain(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def _say_chain(error: BaseException) -> Iterator[dict[str, Any]]:
    """Yield the exception and those behind it: kind, and the lines of code on the way to it."""
    seen: BaseException | None = error
    while seen is not None:
        where = traceback.extract_tb(seen.__traceback__)
        kind = f"{type(seen).__module__}.{type(seen).__qualname__}"
        yield {"kind": kind, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in where]}
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)


def describe_logs(level: str = "INFO") -> dict[str, Any]:
    """Return the logging configuration.

    Django's own log of requests is off: it holds addresses and paths. `evenhand.web.middleware.RequestLog` writes the
    name of the route instead.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "evenhand.wiring.logs.JsonLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "evenhand": {"level": level},
            "gunicorn.error": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "ERROR"},
            "django_tasks": {"level": "WARNING"},
            "django_tasks_db": {"level": "WARNING"},
        },
    }
