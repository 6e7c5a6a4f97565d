"""Which write of a vendor stands for which of our changes, and in which order: tables, no code.

The order within a day matters. With Salesforce an account joins its new territory before it leaves the old one, so
that nobody loses sight of it in between; deals follow their account, and quotas come when everything else is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PRESENT = "yes"
"""The value of an association that is there; null where it isn't."""


class Form(StrEnum):
    """What a write does."""

    SET = "set"
    """A field gets another value."""
    JOIN = "join"
    """The record joins what is named by `after`."""
    LEAVE = "leave"
    """The record leaves what is named by `before`, once it has joined the new one."""


@dataclass(frozen=True)
class WriteRule:
    """How one of our fields is written with a vendor.

    Attributes
    ----------
    object, field
        Ours: account.owner_id and the like.
    their_object, their_field
        The vendor's.
    form
        See `Form`.
    is_optional
        Where the vendor's field is empty, the firm doesn't use it: nothing is written then.
    named_by_day
        The record is named by its id and the first day of its period, as with quotas.
    """

    object: str
    field: str
    their_object: str
    their_field: str
    form: Form = Form.SET
    is_optional: bool = False
    named_by_day: bool = False


_SALESFORCE = (
    # ObjectTerritory2Association takes create() and delete() but no update().
    WriteRule("account", "territory_id", "ObjectTerritory2Association", "exists", Form.JOIN),
    WriteRule("account", "owner_id", "Account", "OwnerId"),
    WriteRule("opportunity", "owner_id", "Opportunity", "OwnerId"),
    WriteRule("opportunity", "territory_id", "Opportunity", "Territory2Id", is_optional=True),
    # ForecastingQuota.Territory2Id can't be changed: the amounts of both territories do.
    WriteRule("quota", "amount", "ForecastingQuota", "QuotaAmount", named_by_day=True),
    WriteRule("account", "territory_id", "ObjectTerritory2Association", "exists", Form.LEAVE),
)

_HUBSPOT = (
    # Owners of companies, contacts and deals are each their own; a territory is a property of the company.
    WriteRule("account", "territory_id", "companies", "territory"),
    WriteRule("account", "owner_id", "companies", "hubspot_owner_id"),
    WriteRule("contact", "owner_id", "contacts", "hubspot_owner_id"),
    WriteRule("opportunity", "owner_id", "deals", "hubspot_owner_id"),
)

VENDORS: dict[str, tuple[WriteRule, ...]] = {"salesforce": _SALESFORCE, "hubspot": _HUBSPOT}
"""By vendor, in the order in which the writes of one day are made."""
