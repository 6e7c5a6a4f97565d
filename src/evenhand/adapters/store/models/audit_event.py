"""The audit trail: who did what to what, and when. Nothing in it is ever changed or removed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from evenhand.foundation.errors import Refusal


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
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor = models.ForeignKey("store.User", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["subject", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it once."""
        if not self._state.adding:
            raise _refuse()
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise _refuse()


def _refuse() -> Refusal:
    return Refusal("WS101", "The audit trail is never changed.", "Write a further event instead.")
