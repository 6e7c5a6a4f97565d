"""Writing the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.adapters.store.models import AuditEvent

if TYPE_CHECKING:
    from django.db.models import Model

    from evenhand.adapters.store.models import User


def record(actor: User | None, action: str, subject: Model, **detail: Any) -> AuditEvent:
    """Write who did what to what; call it in the transaction that makes the change."""
    return AuditEvent.objects.create(
        actor=actor,
        action=action,
        subject=str(subject._meta.model_name),
        subject_id=str(subject.pk),
        detail=detail,
    )
