"""A HubSpot account in memory: records with their properties, associations and history, owners and pipelines.

It counts what is written to each record and property, so that a test can tell that each write happened once.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Record = dict[str, Any]

ENGAGEMENTS = ("calls", "meetings", "emails", "notes", "tasks")
KINDS = ("companies", "deals", "contacts", *ENGAGEMENTS)

_TEXT, _NUMBER, _WHEN, _FLAG = "string", "number", "datetime", "bool"
_EVERYWHERE = {
    "hs_object_id": _NUMBER,
    "createdate": _WHEN,
    "hs_lastmodifieddate": _WHEN,
    "hubspot_owner_id": "enumeration",
}
PROPERTIES: dict[str, dict[str, str]] = {
    "companies": {
        "name": _TEXT, "industry": "enumeration", "country": _TEXT, "state": _TEXT, "zip": _TEXT,
        "numberofemployees": _NUMBER, "annualrevenue": _NUMBER, "hs_parent_company_id": _NUMBER,
        "lifecyclestage": "enumeration", "notes_last_updated": _WHEN,
    },
    "deals": {
        "dealname": _TEXT, "dealstage": "enumeration", "pipeline": "enumeration", "amount": _NUMBER,
        "amount_in_home_currency": _NUMBER, "deal_currency_code": "enumeration", "closedate": _WHEN,
        "dealtype": "enumeration", "hs_is_closed": _FLAG, "hs_is_closed_won": _FLAG,
    },
    "contacts": {"firstname": _TEXT, "lastname": _TEXT, "email": _TEXT},
} | {name: {"hs_timestamp": _WHEN} for name in ENGAGEMENTS}  # fmt: skip
"""Types: https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide"""


class InvalidError(Exception):
    """A value that a property doesn't take; HubSpot refuses the whole request for it."""


@dataclass
class Portal:
    """The state of an account.

    Attributes
    ----------
    most_daily
        Requests a day.
    checks
        Called with kind, record and the properties to be; raises `InvalidError`.
    n_writes
        (kind, id, property) → how often it was written through the API.
    clock
        Seconds, for the limits of a second and of ten seconds; None counts no rates.
    """

    now: dt.datetime = dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
    most_daily: int = 500_000
    most_in_ten_seconds: int = 100
    most_searches: int = 5
    clock: Callable[[], float] | None = None
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    properties: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    owners: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    links: dict[tuple[str, str], dict[str, list[tuple[str, bool]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    forbidden: set[str] = field(default_factory=set)
    checks: list[Callable[[str, Record, dict[str, str]], None]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"private-token"})
    n_writes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    n_requests: int = 0
    n_logins: int = 0
    _last_id: int = 1000

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        for kind in KINDS:
            types = _EVERYWHERE | PROPERTIES[kind]
            self.properties[kind] = {
                name: {
                    "name": name, "label": name.capitalize(), "type": of, "fieldType": "text", "groupName": "made",
                    "description": "", "options": [], "hubspotDefined": True, "hidden": False,
                }
                for name, of in types.items()
            }  # fmt: skip

    # -- records ---------------------------------------------------------------------------------------------------

    def stamp(self) -> str:
        """Return the moment as HubSpot writes it; each is a millisecond after the one before."""
        self.now += dt.timedelta(milliseconds=1)
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def add(self, kind: str, **properties: str | None) -> str:
        """Add a record and return its id."""
        self._last_id += 1
        at, key = self.stamp(), str(self._last_id)
        record = {"id": key, "properties": {}, "history": {}, "createdAt": at, "archived": False, "archivedAt": None}
        self.records[kind][key] = record
        own = {"hs_object_id": key, "createdate": properties.pop("createdate", None) or at}
        self._put(record, {**own, **properties}, at)
        return key

    def change(self, kind: str, key: str, **properties: str | None) -> None:
        """Change a record, as somebody on a screen does."""
        self._put(self.records[kind][key], properties, self.stamp())

    def write(self, kind: str, key: str, properties: dict[str, str]) -> Record:
        """Change a record through the API."""
        record = self.records[kind][key]
        for check in self.checks:
            check(kind, record, properties)
        for name, value in properties.items():
            known = self.properties[kind].get(name)
            if known is None:
                raise InvalidError(f'Property "{name}" does not exist')
            options = {option["value"] for option in known["options"]}
            if value and options and value not in options:
                raise InvalidError(f"{value} was not one of the allowed options")
            if (
                name == "hubspot_owner_id"
                and value
                and value not in {owner["id"] for owner in self.owners if not owner["archived"]}
            ):
                raise InvalidError(f"Owner {value} does not exist or is inactive")
            self.n_writes[kind, key, name] += 1
        self._put(record, properties, self.stamp())
        return record

    def archive(self, kind: str, key: str) -> None:
        """Put a record in the bin."""
        record = self.records[kind][key]
        record["archived"], record["archivedAt"] = True, self.stamp()

    def link(self, kind: str, key: str, to: str, other: str, *, is_primary: bool = False) -> None:
        """Associate two records, both ways."""
        self.links[kind, to][key].append((other, is_primary))
        self.links[to, kind][other].append((key, is_primary))

    def _put(self, record: Record, properties: dict[str, str | None], at: str) -> None:
        for name, value in properties.items():
            record["properties"][name] = value or None
            record["history"].setdefault(name, []).insert(
                0, {"value": value or "", "timestamp": at, "sourceType": "CRM_UI"}
            )
        record["properties"]["hs_lastmodifieddate"] = at
        record["updatedAt"] = at

    # -- people and pipelines --------------------------------------------------------------------------------------

    def add_owner(self, key: str, name: str, *, archived: bool = False) -> str:
        """Add an owner."""
        first, _, last = name.partition(" ")
        self.owners.append({
            "id": key, "email": f"{first.lower()}@example.com", "type": "PERSON", "firstName": first, "lastName": last,
            "userId": None if archived else int(key) + 1, "userIdIncludingInactive": int(key) + 1,
            "createdAt": "2025-01-01T09:00:00.000Z", "updatedAt": "2026-06-30T09:00:00.000Z", "archived": archived,
            "teams": [],
        })  # fmt: skip
        return key

    def add_pipeline(self, key: str, label: str, stages: list[tuple[str, str, bool, str]]) -> None:
        """Add a pipeline with stages: id, name, whether it closes, probability."""
        self.pipelines.append({
            "id": key, "label": label, "displayOrder": len(self.pipelines), "archived": False,
            "createdAt": "2025-01-01T09:00:00Z", "updatedAt": "2025-01-01T09:00:00Z",
            "stages": [
                {
                    "id": stage, "label": name, "displayOrder": i, "archived": False,
                    "metadata": {"isClosed": "true" if closes else "false", "probability": probability},
                }
                for i, (stage, name, closes, probability) in enumerate(stages)
            ],
        })  # fmt: skip

    def values(self) -> dict[str, dict[str, dict[str, str | None]]]:
        """Return every value there is, without the stamps that a write changes anyway."""
        return {
            kind: {
                key: {name: value for name, value in record["properties"].items() if name != "hs_lastmodifieddate"}
                for key, record in records.items()
            }
            for kind, records in self.records.items()
        }
