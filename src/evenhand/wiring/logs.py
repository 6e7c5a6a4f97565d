"""Structured logs: a JSON object a line on standard error, without personal data."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

_FIELDS = ("request_id", "method", "route", "status", "ms", "job", "kind", "attempt", "worker")


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
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


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
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "ERROR"},
            "django_tasks": {"level": "WARNING"},
            "django_tasks_db": {"level": "WARNING"},
        },
    }
