"""A Salesforce org in memory: records, people, and what an org does of its own accord when a record changes.

Every behaviour is from a page of Salesforce's documentation, named where it is; where a page leaves something open,
the org takes the side that hurts most. It counts what is written to each record and field, so that a test can tell
that each write happened once.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.contract.salesforce.fields import OBJECTS, ObjectKind

Row = dict[str, Any]
Hook = Callable[["Org", str, Row, Row], None]
"""Called with object, record as it is and what changes; raises `SaveError` to refuse."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class SaveError(Exception):
    """One record's refusal: a status code, its words and the fields.

    https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
    """

    def __init__(self, code: str, message: str, fields: Iterable[str] = ()) -> None:
        super().__init__(code, message)
        self.code, self.message, self.fields = code, message, list(fields)


@dataclass(frozen=True)
class OwnerChange:
    """What happens besides, when an owner changes.

    https://developer.salesforce.com/docs/platform/api/guide/sforce-api-header-ownerchangeoptions.html:
    the defaults of keeping teams are false. The page doesn't say what transfers by default, so all of it does.
    """

    keep_account_team: bool = False
    keep_sales_team: bool = False
    transfer_open_opportunities: bool = True
    transfer_contacts: bool = True


@dataclass
class Session:
    """An access token."""

    token: str
    is_valid: bool = True


@dataclass
class Org:
    """The state of an org.

    Attributes
    ----------
    most_requests
        A day's requests; https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/
    hooks
        Validation rules and triggers, by object, before a record is saved.
    after
        Flows and triggers that change further records, by object, after it is saved.
    n_locks
        (object, id) → how many more times the record is locked by somebody else when it is written.
    n_writes
        (object, record, field) → how often its value was written through the API. An association is named by what it
        joins, as it has another id each time.
    """

    seed: int = 0
    starts_at: dt.datetime = dt.datetime(2026, 10, 1, 8, tzinfo=dt.UTC)
    most_requests: int = 100_000
    tables: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in OBJECTS})
    kinds: dict[str, ObjectKind] = field(default_factory=lambda: dict(OBJECTS))
    hooks: dict[str, list[Hook]] = field(default_factory=dict)
    after: dict[str, list[Hook]] = field(default_factory=dict)
    n_locks: Counter[tuple[str, str]] = field(default_factory=Counter)
    n_writes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sessions: dict[str, Session] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    clients: dict[str, str] = field(default_factory=lambda: {"client-id": "client-secret"})
    n_requests: int = 0
    n_logins: int = 0
    _n_records: Counter[str] = field(default_factory=Counter)
    _by: dict[tuple[str, str], dict[str, set[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.random = random.Random(self.seed)
        self.now = self.starts_at

    # -- records ---------------------------------------------------------------------------------------------------

    def make_id(self, kind: str) -> str:
        """Return the next id of an object: 15 characters that tell case apart, and 3 that check it."""
        self._n_records[kind] += 1
        number, digits = self._n_records[kind], ""
        while number:
            number, digit = divmod(number, len(ALPHABET))
            digits = ALPHABET[digit] + digits
        short = self.kinds[kind].prefix + digits.rjust(12, "0")
        parts = (short[start : start + 5] for start in (0, 5, 10))
        return short + "".join(
            CHECK[sum(1 << place for place, letter in enumerate(part) if letter.isupper())] for part in parts
        )

    def tick(self) -> str:
        """Let a moment pass, and return it as a stamp."""
        self.now += dt.timedelta(milliseconds=10)
        return stamp(self.now)

    def find_id(self, kind: str, record_id: str) -> str | None:
        """Return the id as it is kept, of one of 15 or 18 characters."""
        table = self.tables[kind]
        if record_id in table:
            return record_id
        if len(record_id) != 15:
            return None
        whole = record_id + "".join(
            CHECK[sum(1 << place for place, letter in enumerate(record_id[at : at + 5]) if letter.isupper())]
            for at in (0, 5, 10)
        )
        return whole if whole in table else None

    def add(self, kind: str, **values: Any) -> str:
        """Put a record there as it would have come long ago: no rules, no triggers, not counted."""
        row = self._blank(kind, values)
        self.tables[kind][row["Id"]] = row
        self._index(kind, row)
        return str(row["Id"])

    def rows(self, kind: str, **equal: Any) -> list[Row]:
        """Return the records that aren't deleted and have these values."""
        if len(equal) == 1:
            ((name, value),) = equal.items()
            if (kind, name) in self._by:
                ids = sorted(self._by[kind, name].get(value, ()))
                return [self.tables[kind][i] for i in ids if not self.tables[kind][i]["IsDeleted"]]
        return [
            row
            for row in self.tables[kind].values()
            if not row["IsDeleted"] and all(row.get(name) == value for name, value in equal.items())
        ]

    def insert(self, kind: str, values: Mapping[str, Any]) -> str:
        """Insert a record as the API does."""
        with self.lock:
            self._check_call(kind, "create")
            self._check_fields(kind, values, "create")
            row = self._blank(kind, values)
            if kind == "ObjectTerritory2Association":
                # "Territory2Manual" is what a user or the API may set.
                if row.get("AssociationCause") != "Territory2Manual":
                    raise SaveError(
                        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "AssociationCause: bad value", ["AssociationCause"]
                    )
                self._check_known("Account", row["ObjectId"])
                self._check_known("Territory2", row["Territory2Id"])
                row["SobjectType"] = "Account"  # of itself, by ObjectId
            for names in self.kinds[kind].unique:
                if any(
                    all(other.get(name) == row.get(name) for name in names)
                    for other in self.rows(kind, **{names[0]: row.get(names[0])})
                ):
                    raise SaveError(
                        "DUPLICATE_VALUE",
                        f"duplicate value found: {', '.join(names)} duplicates value on record",
                        names,
                    )
            for hook in self.hooks.get(kind, ()):
                hook(self, kind, row, dict(values))
            self.tables[kind][row["Id"]] = row
            self._index(kind, row)
            self.n_writes[(kind, self._name(kind, row), "created")] += 1
            return str(row["Id"])

    def update(
        self, kind: str, record_id: str, values: Mapping[str, Any], options: OwnerChange | None = None,
        *, with_rules: bool = False,
    ) -> None:  # fmt: skip
        """Update a record as the API does; with_rules: territory assignment rules run on accounts."""
        with self.lock:
            self._check_call(kind, "update")
            known = self.find_id(kind, record_id)
            row = self.tables[kind].get(known or "")
            if row is None:
                raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            if row["IsDeleted"]:
                raise SaveError("ENTITY_IS_DELETED", "entity is deleted")
            self._check_fields(kind, values, "update")
            if "OwnerId" in values:
                self._check_owner(values["OwnerId"])
            self._check_lock(kind, str(row["Id"]))
            for hook in self.hooks.get(kind, ()):
                hook(self, kind, row, dict(values))
            owner = row.get("OwnerId")
            row.update(values)
            row["LastModifiedDate"] = row["SystemModstamp"] = self.tick()
            for name in values:
                self.n_writes[(kind, str(row["Id"]), name)] += 1
            if "OwnerId" in values and values["OwnerId"] != owner:
                self._change_owner(kind, row, owner, options or OwnerChange())
            if kind == "Account" and with_rules:
                self.run_rules([str(row["Id"])])
            for hook in self.after.get(kind, ()):
                hook(self, kind, row, dict(values))

    def delete(self, kind: str, record_id: str) -> None:
        """Delete a record as the API does: it stays, marked."""
        with self.lock:
            self._check_call(kind, "delete")
            row = self.tables[kind].get(self.find_id(kind, record_id) or "")
            if row is None:
                raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
            if row["IsDeleted"]:
                raise SaveError("ENTITY_IS_DELETED", "entity is deleted")
            self._check_lock(kind, str(row["Id"]))
            self.remove(kind, row)
            self.n_writes[(kind, self._name(kind, row), "deleted")] += 1

    def remove(self, kind: str, row: Row) -> None:
        """Mark a record deleted, whoever does it."""
        row["IsDeleted"] = True
        row["LastModifiedDate"] = row["SystemModstamp"] = self.tick()

    # -- what an org does of its own accord --------------------------------------------------------------------------

    def _change_owner(self, kind: str, row: Row, before: str | None, options: OwnerChange) -> None:
        if kind == "Account":
            self.add("AccountHistory", AccountId=row["Id"], Field="Owner", OldValue=before, NewValue=row["OwnerId"])
            if not options.keep_account_team:
                for member in self.rows("AccountTeamMember", AccountId=row["Id"]):
                    self.remove("AccountTeamMember", member)
            if options.transfer_open_opportunities:
                for deal in self.rows("Opportunity", AccountId=row["Id"]):
                    if deal["OwnerId"] == before and not deal["IsClosed"]:
                        deal["OwnerId"] = row["OwnerId"]
                        deal["SystemModstamp"] = self.tick()
                        self._change_owner("Opportunity", deal, before, options)
            if options.transfer_contacts:
                for contact in self.rows("Contact", AccountId=row["Id"]):
                    if contact["OwnerId"] == before:
                        contact["OwnerId"] = row["OwnerId"]
                        contact["SystemModstamp"] = self.tick()
        if kind == "Opportunity" and not options.keep_sales_team:
            for member in self.rows("OpportunityTeamMember", OpportunityId=row["Id"]):
                self.remove("OpportunityTeamMember", member)

    def run_rules(self, account_ids: Iterable[str] | None = None) -> int:
        """Run the active territory assignment rules, as somebody may do any day; return how many accounts they moved.

        https://help.salesforce.com/s/articleView?id=sf.tm2_assign_objects_to_territories.htm: a rule's items compare
        fields with values; rules add accounts to the territories they belong to and take them from others that a rule
        had put them in. https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
        sforce_api_objects_territory2objectexclusion.htm: an excluded account is left alone.
        """
        n_moved = 0
        with self.lock:
            chosen = (
                [self.tables["Account"][i] for i in account_ids] if account_ids is not None else self.rows("Account")
            )
            for rule in self.rows("ObjectTerritory2AssignmentRule", IsActive=True):
                items = self.rows("ObjectTerritory2AssignmentRuleItem", RuleId=rule["Id"])
                for link in self.rows("RuleTerritory2Association", RuleId=rule["Id"]):
                    for account in chosen:
                        if account["IsDeleted"] or not all(_matches(account, item) for item in items):
                            continue
                        excluded = self.rows("Territory2ObjectExclusion", ObjectId=account["Id"])
                        if any(one["Territory2Id"] == link["Territory2Id"] for one in excluded):
                            continue
                        there = self.rows("ObjectTerritory2Association", ObjectId=account["Id"])
                        if all(one["Territory2Id"] != link["Territory2Id"] for one in there):
                            self.add(
                                "ObjectTerritory2Association", ObjectId=account["Id"],
                                Territory2Id=link["Territory2Id"], AssociationCause="Territory2AssignmentRule",
                                SobjectType="Account",
                            )  # fmt: skip
                            n_moved += 1
        return n_moved

    # -- what is compared ------------------------------------------------------------------------------------------

    def picture(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything that is in the org but stamps, history and the ids of what has no update.

        An association that is deleted and made again has another id, whoever does it: it is told by what it joins.
        """
        left_out = {"LastModifiedDate", "SystemModstamp", "CreatedDate"}
        seen = {}
        for kind, table in self.tables.items():
            if kind == "AccountHistory":
                continue
            drop = left_out | ({"Id"} if kind == "ObjectTerritory2Association" else set())
            seen[kind] = sorted(
                tuple((name, str(value)) for name, value in sorted(row.items()) if name not in drop)
                for row in table.values()
                if not (row["IsDeleted"] and kind == "ObjectTerritory2Association")
            )
        return seen

    # -- inside ----------------------------------------------------------------------------------------------------

    def index(self, kind: str, name: str) -> None:
        """Find records by a field quickly from now on."""
        self._by[kind, name] = {}
        for row in self.tables[kind].values():
            self._by[kind, name].setdefault(row.get(name), set()).add(row["Id"])

    def _index(self, kind: str, row: Row) -> None:
        for (of, name), found in self._by.items():
            if of == kind:
                found.setdefault(row.get(name), set()).add(row["Id"])

    def _blank(self, kind: str, values: Mapping[str, Any]) -> Row:
        now = self.tick()
        row: Row = {name: (False if spec.type == "boolean" else None) for name, spec in self.kinds[kind].fields.items()}
        row |= {"Id": self.make_id(kind), "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        return row | dict(values)

    def _check_call(self, kind: str, call: str) -> None:
        if kind not in self.kinds:
            raise SaveError("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        if call not in self.kinds[kind].calls:
            raise SaveError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {kind} does not support {call}")

    def _check_fields(self, kind: str, values: Mapping[str, Any], call: str) -> None:
        fields = self.kinds[kind].fields
        unknown = [name for name in values if name not in fields]
        if unknown:
            raise SaveError("INVALID_FIELD", f"No such column '{unknown[0]}' on sobject of type {kind}", unknown)
        fixed = [name for name in values if not getattr(fields[name], call)]
        if fixed:
            raise SaveError(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                f"Unable to create/update fields: {', '.join(fixed)}. Please check the security settings of this field "
                "and verify that it is read/write for your profile or permission set.",
                fixed,
            )

    def _check_known(self, kind: str, record_id: Any) -> None:
        row = self.tables[kind].get(str(record_id))
        if row is None or row["IsDeleted"]:
            raise SaveError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")

    def _check_owner(self, owner_id: Any) -> None:
        self._check_known("User", owner_id)
        if not self.tables["User"][str(owner_id)]["IsActive"]:
            raise SaveError("INACTIVE_OWNER_OR_USER", "owner or user is inactive.", ["OwnerId"])

    def _check_lock(self, kind: str, record_id: str) -> None:
        if self.n_locks[kind, record_id] > 0:
            self.n_locks[kind, record_id] -= 1
            raise SaveError(
                "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records: " + record_id
            )

    def _name(self, kind: str, row: Row) -> str:
        if kind == "ObjectTerritory2Association":
            return f"{row['ObjectId']}|{row['Territory2Id']}"
        return str(row["Id"])

    # -- sessions --------------------------------------------------------------------------------------------------

    def sign_in(self) -> Session:
        """Open a session."""
        with self.lock:
            self.n_logins += 1
            session = Session(f"00Dfake!session.{self.n_logins}")
            self.sessions[session.token] = session
            return session

    def expire_sessions(self) -> None:
        """Let every session end, as one does after its time."""
        with self.lock:
            for session in self.sessions.values():
                session.is_valid = False


def stamp(moment: dt.datetime) -> str:
    """Write a moment as the API does."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _matches(account: Row, item: Row) -> bool:
    """https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_territory2rule.htm: operations."""
    value, wanted = str(account.get(item["Field"]) or ""), str(item["Value"] or "")
    many = [part.strip() for part in wanted.split(",")]
    return {
        "equals": value in many,
        "notEqual": value not in many,
        "startsWith": any(value.startswith(part) for part in many),
        "contains": any(part in value for part in many),
    }[item["Operation"]]
