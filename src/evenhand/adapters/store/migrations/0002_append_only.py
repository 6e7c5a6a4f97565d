"""Let the database itself refuse to change or delete an audit event."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_MESSAGE = "the audit trail is never changed"

_SQLITE = [
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON store_auditevent "
    f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON store_auditevent "
    "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
]


def add_triggers(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add the triggers in the database's own words."""
    for statement in _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE:
        editor.execute(statement)


class Migration(migrations.Migration):
    """Makes the audit trail append-only."""

    dependencies: ClassVar = [("store", "0001_workspace")]
    operations: ClassVar = [migrations.RunPython(add_triggers, elidable=False)]
