"""Reading an org: what it has, all records of an object, those changed since a moment, and those deleted."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.adapters.sources.salesforce import bulk
from evenhand.adapters.sources.salesforce.client import RefusedError
from evenhand.adapters.sources.salesforce.objects import OBJECTS, Wanted
from evenhand.adapters.sources.salesforce.records import KINDS, read_json
from evenhand.adapters.sources.salesforce.session import SYSTEM
from evenhand.app.records import Checked, Discovery, Page, SourceField, SourceObject
from evenhand.foundation.errors import SourceError
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.salesforce.client import SalesforceClient
    from evenhand.app.records import Traffic

BULK_ABOVE = 2_000
"""Records; above that Salesforce recommends Bulk API 2.0, and a REST answer holds no more."""
_NOT_THERE = {"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY", "HTTP 404"}
_LOCATOR = re.compile(r"/services/data/v\d+\.\d+/query(?:All)?/([0-9A-Za-z\-]{1,100})")
_REST = "rest"
_DELETED = "IsDeleted"
_WHERE: Mapping[str, str] = {wanted.name: wanted.where for wanted in OBJECTS}


class SalesforceSource:
    """An org as a source of records (`evenhand.app.ports.RecordSource`)."""

    system = SYSTEM

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    @property
    def traffic(self) -> Traffic:
        """What reading has cost so far."""
        return self._client.traffic

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def now(self) -> dt.datetime:
        """Return the moment by the org's clock."""
        return self._client.now()

    def check(self) -> Checked:
        """Sign in, and see which of the objects can be read."""
        now = self.now()
        found = self.discover({})
        quota = self.traffic.quota
        facts = {
            "Signed in to": self._client.session().address,
            "As user": self._client.session().user or "unknown",
            "The org's clock": f"{now:%Y-%m-%d %H:%M:%S} UTC",
            "Objects that can be read": f"{len(found.objects)} of {len(OBJECTS)}",
        }
        if quota.n_allowed and quota.n_used is not None:
            facts["Requests used"] = f"{quota.n_used:,} of {quota.n_allowed:,} in 24 hours"
        is_ok = not any(finding.severity is Severity.ERROR for finding in found.findings)
        return Checked(is_ok, facts, found.findings)

    # -- what there is --------------------------------------------------------------------------------------------

    def discover(self, more: Mapping[str, Collection[str]]) -> Discovery:
        """Describe every object that is wanted; one that isn't there or may not be read is a finding."""
        objects: list[SourceObject] = []
        findings: list[Finding] = []
        for wanted in OBJECTS:
            try:
                objects.append(self._describe(wanted, frozenset(more.get(wanted.name, ()))))
            except RefusedError as error:
                if error.code not in _NOT_THERE:
                    raise
                findings.append(_missing(wanted))
        return Discovery(tuple(objects), tuple(findings))

    def _describe(self, wanted: Wanted, more: frozenset[str]) -> SourceObject:
        answer = self._client.ask("GET", "/sobjects/{name}/describe", values={"name": wanted.name})
        said = answer.json(dict)
        if answer.find(said, "queryable", bool) is False:
            raise RefusedError("INSUFFICIENT_ACCESS", f"{wanted.name} can't be queried")
        fields = {field.name: field for field in _fields(answer, said)}
        names = [name for name in wanted.fields if name in fields]
        names += sorted(name for name in more if name in fields and name not in names)
        if "Id" not in names:
            raise RefusedError("INSUFFICIENT_ACCESS", f"{wanted.name} shows no Id")
        # Histories never change: when they were created is when they changed.
        stamp = next((name for name in ("SystemModstamp", "CreatedDate") if name in names), None)
        return SourceObject(
            wanted.name,
            tuple(fields[name] for name in names if name != _DELETED),
            key="Id",
            stamp=stamp,
            tells_deleted=_DELETED in names and stamp == "SystemModstamp",
            label=answer.find(said, "label", str) or "",
            more_fields=tuple(field for name, field in fields.items() if name not in names),
        )

    # -- records --------------------------------------------------------------------------------------------------

    def pages(self, wanted: SourceObject, *, since: dt.datetime | None, resume: str | None) -> Iterator[Page]:
        """Give records, by REST where they are few, else by a bulk job; changes come with what was deleted."""
        with_deleted = since is not None and wanted.tells_deleted
        fields = list(wanted.fields)
        if with_deleted:
            fields.append(_flag(_DELETED))
        parts = [_WHERE.get(wanted.name, "")]
        if since is not None:
            parts.append(f"{wanted.stamp} >= {since.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.000Z}")
        for page in self._query(wanted.name, fields, parts, resume, with_deleted=with_deleted):
            yield _take_out_deleted(page, wanted) if with_deleted else page

    def sweep(self, wanted: SourceObject, *, resume: str | None) -> Iterator[Page]:
        """Give the ids of all records there are."""
        key = wanted.field(wanted.key)
        assert key is not None  # noqa: S101 - `discover` puts it there
        yield from self._query(wanted.name, [key], [_WHERE.get(wanted.name, "")], resume, with_deleted=False)

    def _query(
        self, name: str, fields: list[SourceField], parts: list[str], resume: str | None, *, with_deleted: bool
    ) -> Iterator[Page]:
        if resume is not None and resume.startswith(f"{bulk.MARK}:"):
            yield from bulk.resume(self._client, resume, fields)
            return
        if resume is None:
            where = " AND ".join(part for part in parts if part)
            tail = f" FROM {name}" + (f" WHERE {where}" if where else "")
            soql = "SELECT " + ", ".join(field.name for field in fields) + tail
            if self._count(f"SELECT COUNT(){tail}", with_deleted=with_deleted) > BULK_ABOVE:
                yield from bulk.begin(self._client, soql, with_deleted=with_deleted, fields=fields)
                return
            path = "/queryAll" if with_deleted else "/query"
            answer = self._client.ask("GET", path, query={"q": soql}, headers=_BATCH)
        else:
            answer = self._client.ask("GET", "/query/{locator}", values={"locator": resume.removeprefix(f"{_REST}:")})
        while True:
            said = answer.json(dict)
            rows = read_json(answer.get(said, "records", list), fields)
            if answer.get(said, "done", bool):
                yield Page(rows)
                return
            # Only the locator is taken of the address: where a request goes is never the answer's to say.
            found = _LOCATOR.fullmatch(answer.get(said, "nextRecordsUrl", str))
            if found is None:
                raise SourceError(SYSTEM, "an answer names a next page that isn't a query's; it wasn't followed.")
            yield Page(rows, f"{_REST}:{found[1]}")
            answer = self._client.ask("GET", "/query/{locator}", values={"locator": found[1]})

    def _count(self, soql: str, *, with_deleted: bool) -> int:
        answer = self._client.ask("GET", "/queryAll" if with_deleted else "/query", query={"q": soql})
        return answer.get(answer.json(dict), "totalSize", int)


_BATCH = {"Sforce-Query-Options": f"batchSize={BULK_ABOVE}"}
"""https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_queryoptions.htm"""


def _flag(name: str) -> SourceField:
    return SourceField(name, KINDS["boolean"])


def _take_out_deleted(page: Page, wanted: SourceObject) -> Page:
    gone = page.rows.filter(pl.col(_DELETED))[wanted.key].to_list()
    return Page(page.rows.filter(~pl.col(_DELETED)).drop(_DELETED), page.resume, tuple(gone))


def _fields(answer: Answer, said: dict[str, Any]) -> Iterator[SourceField]:
    for one in answer.get(said, "fields", list):
        field = answer.check(one, dict, "a field")
        kind = KINDS.get(answer.get(field, "type", str))
        if kind is None:
            continue
        choices = [
            answer.check(choice, dict, "a choice") for choice in answer.find(field, "picklistValues", list) or ()
        ]
        yield SourceField(
            answer.get(field, "name", str),
            kind,
            answer.find(field, "label", str) or "",
            tuple(answer.get(choice, "value", str) for choice in choices if choice.get("active", True)),
            answer.find(field, "custom", bool) or False,
        )


def _missing(wanted: Wanted) -> Finding:
    if not wanted.brings:
        return Finding(
            "CN102",
            Severity.ERROR,
            wanted.name,
            f"The connection's user can't read {wanted.name}; without it there is no book.",
            f"give the user the permission to read {wanted.name}",
        )
    return Finding(
        "CN101",
        Severity.WARNING,
        wanted.name,
        f"{wanted.name} can't be read, so that this is missing: {wanted.brings}.",
        f"give the connection's user read access to {wanted.name}, if the firm uses it",
    )
