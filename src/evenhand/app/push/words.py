"""What a write is called, in words that a seller knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.handoff.change_set import Write

_WORDS = {
    ("Account", "OwnerId"): "account: another owner",
    ("Opportunity", "OwnerId"): "deal: another owner",
    ("Opportunity", "Territory2Id"): "deal: another territory",
    ("ForecastingQuota", "QuotaAmount"): "quota: another amount",
    ("companies", "hubspot_owner_id"): "company: another owner",
    ("contacts", "hubspot_owner_id"): "contact: another owner",
    ("deals", "hubspot_owner_id"): "deal: another owner",
    ("companies", "territory"): "company: another territory",
}


def say_kind(write: Write) -> str:
    """Say what kind of change a write is."""
    if write.field == "exists":
        return "account: leaves its territory" if write.after is None else "account: joins its territory"
    return _WORDS.get((write.object, write.field), f"{write.object}: another {write.field}")


def say_write(write: Write, names: Mapping[str, str]) -> str:
    """Say what one write does, with names where they are known."""
    record, _, other = write.id.partition("|")
    name, other = names.get(record, record), names.get(other, other)
    if write.field == "exists":
        return f"{name} {'leaves' if write.after is None else 'joins'} {other}"
    before, after = ("nobody" if text is None else names.get(text, text) for text in (write.before, write.after))
    return f"{name}{f' from {other}' if other else ''}: {before} → {after}"
