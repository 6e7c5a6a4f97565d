"""What has changed in the shape of a source since its last sync: fields renamed, gone or of another type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.foundation.findings import Finding, Severity
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from evenhand.app.records import SourceField, SourceObject
    from evenhand.app.sync_state import KeptObject


def find_drift(before: KeptObject, now: SourceObject, used: Collection[str] = ()) -> list[Finding]:
    """Compare an object's fields with those of the last sync.

    Parameters
    ----------
    used
        Fields that the connection's mapping names; one of them gone is an error, else a warning.
    """
    known = {field.name: field for field in before.fields}
    present = {field.name: field for field in (*now.fields, *now.more_fields)}
    fresh = {name: field for name, field in present.items() if name not in known and name not in before.others}
    found: list[Finding] = []
    for name, old in known.items():
        new = present.get(name)
        if new is None:
            found.append(_gone(now.name, old, _successor(old, fresh), is_used=name in used))
        elif new.kind is not old.kind:
            message = (
                f"{now.name}.{name} holds {new.kind} now, {old.kind} before; all {now.name} records are read again."
            )
            found.append(
                Finding(
                    "CN113",
                    Severity.WARNING,
                    f"{now.name}.{name}",
                    message,
                    "see that the connection's mapping still does what you want with it",
                    {"before": str(old.kind), "now": str(new.kind)},
                )
            )
    return found


def is_same_shape(before: KeptObject, now: SourceObject) -> bool:
    """Say whether records read now fit beside those kept."""
    return (before.key, before.stamp) == (now.key, now.stamp) and {f.name: f.kind for f in before.fields} == {
        f.name: f.kind for f in now.fields
    }


def _successor(old: SourceField, fresh: dict[str, SourceField]) -> SourceField | None:
    """Return the new field that the old one has most likely become: the same label and kind, or nearly its name."""
    alike = {name: field for name, field in fresh.items() if field.kind is old.kind}
    for field in alike.values():
        if old.label and field.label == old.label:
            return field
    near = find_nearest(old.name, alike)
    return None if near is None else alike[near]


def _gone(name: str, old: SourceField, successor: SourceField | None, *, is_used: bool) -> Finding:
    severity = Severity.ERROR if is_used else Severity.WARNING
    subject = f"{name}.{old.name}"
    does = "The mapping names it." if is_used else "The mapping doesn't name it."
    if successor is not None:
        return Finding(
            "CN112",
            severity,
            subject,
            f"{name} has no field {old.name} any more; {successor.name} ({successor.label}) looks like its successor. "
            + does,
            f"in the connection's mapping write {successor.name} for {old.name}, then sync again",
            {"before": old.name, "now": successor.name},
        )
    return Finding(
        "CN111",
        severity,
        subject,
        f"{name} has no field {old.name} any more, or it is hidden from the connection's user. {does}",
        "give the user access to it again, or name another field in the connection's mapping",
        {"before": old.name},
    )
