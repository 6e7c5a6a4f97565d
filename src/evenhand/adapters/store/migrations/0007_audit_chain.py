"""Chain the audit events that are there, and let the database refuse changes again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from django.db import migrations

from evenhand.review.trail import START, hash_event

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_MESSAGE = "the audit trail is never changed"
_VERBS = ("UPDATE", "DELETE")


def chain_events(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give every event its hashes; the triggers are out of the way meanwhile (SQLite lost them with its old table)."""
    is_postgresql = editor.connection.vendor == "postgresql"
    if is_postgresql:
        editor.execute("ALTER TABLE store_auditevent DISABLE TRIGGER audit_no_change")
    else:
        for verb in _VERBS:
            editor.execute(f"DROP TRIGGER IF EXISTS audit_no_{verb.lower()}")
    model, before = apps.get_model("store", "AuditEvent"), START
    for event in model.objects.order_by("id").iterator():
        at = event.at.replace(microsecond=event.at.microsecond // 1000 * 1000)
        content = {
            "at": at.astimezone(dt.UTC).isoformat(timespec="milliseconds"),
            "actor": str(event.actor_id) if event.actor_id else None,
            "action": event.action,
            "subject": event.subject,
            "subject_id": event.subject_id,
            "detail": event.detail,
            "origin": event.origin,
        }
        own = hash_event(before, content)
        model.objects.filter(pk=event.pk).update(at=at, before_hash=before, own_hash=own)
        before = own
    if is_postgresql:
        editor.execute("ALTER TABLE store_auditevent ENABLE TRIGGER audit_no_change")
        return
    for verb in _VERBS:
        editor.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON store_auditevent "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )


class Migration(migrations.Migration):
    """Makes a chain of the audit trail."""

    dependencies: ClassVar = [("store", "0006_review")]
    operations: ClassVar = [migrations.RunPython(chain_events, elidable=False)]
