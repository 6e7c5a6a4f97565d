"""The audit trail: who did what to what, and when. Nothing in it is ever changed or removed."""

from __future__ import annotations

import datetime as dt
import json
from contextvars import ContextVar
from typing import Any, ClassVar

from django.db import connection, models, transaction
from django.utils import timezone

from evenhand.foundation.errors import Refusal
from evenhand.review.trail import START, Link, hash_event

origin_of_request: ContextVar[str] = ContextVar("origin_of_request", default="")
"""Where what is done now comes from: the page or the API, and the address; empty in the worker."""

_LOCK = 0x65766E68
"""Number of the lock that lets one transaction at a time add to the chain on PostgreSQL; SQLite has one writer."""


class AuditEvent(models.Model):
    """Something that someone did, written in the same transaction as the change itself.

    The database refuses to change or delete a row as well, by triggers that a migration makes.

    Attributes
    ----------
    actor
        Who; null for the workspace itself.
    action
        A stable word, ``book.uploaded``.
    subject, subject_id
        What it was done to: the kind and the id.
    detail
        What else there is to know; no personal data beyond what the subject holds.
    origin
        Where it came from, see `origin_of_request`.
    before_hash, own_hash
        The hash of the event before and of this one: a chain, see `evenhand.review.trail`.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)
    origin = models.CharField(max_length=100, blank=True, default="")
    before_hash = models.CharField(max_length=64, default="", editable=False)
    own_hash = models.CharField(max_length=64, default="", editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["subject", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"

    @property
    def link(self) -> Link:
        """The event as a link of the chain."""
        content = {
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
            "actor": str(self.actor_id) if self.actor_id else None,
            "action": self.action,
            "subject": self.subject,
            "subject_id": self.subject_id,
            "detail": self.detail,
            "origin": self.origin,
        }
        return Link(self.pk or 0, content, self.before_hash, self.own_hash)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it once, at the end of the chain."""
        if not self._state.adding:
            raise _refuse()
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            last = AuditEvent.objects.order_by("-id").values_list("own_hash", flat=True).first()
            # What is hashed is what comes back: milliseconds survive a backup, and JSON knows no tuples.
            self.at = self.at.replace(microsecond=self.at.microsecond // 1000 * 1000)
            self.detail = json.loads(json.dumps(self.detail, default=str))
            self.origin = self.origin or origin_of_request.get()[:100]
            self.before_hash = last or START
            self.own_hash = hash_event(self.before_hash, self.link.content)
            super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise _refuse()


def _refuse() -> Refusal:
    return Refusal("WS101", "The audit trail is never changed.", "Write a further event instead.")
