"""Which of HubSpot's objects are read, and what each brings to a book. One table; nothing else names them.

Properties: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
"""

from __future__ import annotations

from dataclasses import dataclass

OWNER = "hubspot_owner_id"
MODIFIED = "hs_lastmodifieddate"
KEY = "hs_object_id"
COMPANY = "company_id"
"""The column for the company that a record belongs to; not a property, but an association."""
TERRITORY = "territory"
"""The column for the connection's territory property, whatever its name."""
NO_TERRITORY = "unassigned"
"""The territory of companies whose property is empty."""
COMPANIES, DEALS, CONTACTS = "companies", "deals", "contacts"
OWNERS, STAGES = "owners", "deal_stages"
HISTORIES = {"company_owner_history": OWNER, "company_territory_history": ""}
"""Objects that are the history of a property of companies; "" is the connection's territory property."""


@dataclass(frozen=True)
class Wanted:
    """A CRM object that is read.

    Attributes
    ----------
    properties
        Those read where the account has them; further ones where the connection's mapping names them.
    brings
        What is switched off without it, in words; empty where a book can't be made without it.
    of_company
        Whether its records are associated with companies.
    scope
        What the app must be allowed.
    """

    name: str
    properties: tuple[str, ...]
    scope: str
    brings: str = ""
    of_company: bool = False


_ENGAGEMENT = ("hs_timestamp", OWNER)
_ACTIVITY = "activities, so the grading of moves by recent activity"

OBJECTS: tuple[Wanted, ...] = (
    Wanted(
        COMPANIES,
        (
            "name", OWNER, "industry", "country", "state", "zip", "numberofemployees", "annualrevenue",
            "hs_parent_company_id", "lifecyclestage", "notes_last_updated", "createdate",
        ),
        "crm.objects.companies.read",
    ),
    Wanted(
        DEALS,
        (
            "dealname", "dealstage", "pipeline", "amount", "amount_in_home_currency", "deal_currency_code",
            "closedate", "createdate", "dealtype", OWNER, "hs_is_closed", "hs_is_closed_won",
        ),
        "crm.objects.deals.read",
        "pipeline, win rates and the grading of moves by pipeline",
        of_company=True,
    ),
    Wanted("calls", _ENGAGEMENT, "crm.objects.contacts.read", _ACTIVITY, of_company=True),
    Wanted("meetings", _ENGAGEMENT, "crm.objects.contacts.read", _ACTIVITY, of_company=True),
    Wanted("emails", _ENGAGEMENT, "sales-email-read", _ACTIVITY, of_company=True),
    Wanted("notes", _ENGAGEMENT, "crm.objects.contacts.read", _ACTIVITY, of_company=True),
    Wanted("tasks", _ENGAGEMENT, "crm.objects.contacts.read", _ACTIVITY, of_company=True),
)  # fmt: skip
BY_NAME = {wanted.name: wanted for wanted in OBJECTS}
