"""Reading an account: what it has, all records of an object, those changed since a moment, and those deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.hubspot.client import RefusedError
from evenhand.adapters.sources.hubspot.lists import read_history_fields, read_owners, read_stages
from evenhand.adapters.sources.hubspot.objects import (
    BY_NAME,
    COMPANIES,
    COMPANY,
    HISTORIES,
    KEY,
    MODIFIED,
    OBJECTS,
    OWNER,
    OWNERS,
    STAGES,
    TERRITORY,
    Wanted,
)
from evenhand.adapters.sources.hubspot.paging import Pages
from evenhand.adapters.sources.hubspot.records import KINDS, make_rows
from evenhand.adapters.sources.hubspot.session import SYSTEM
from evenhand.app.records import Checked, Discovery, FieldKind, Page, SourceField, SourceObject
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.hubspot.client import HubSpotClient
    from evenhand.app.records import Traffic

_NOT_THERE = {403, 404}


class HubSpotSource:
    """An account as a source of records (`evenhand.app.ports.RecordSource`)."""

    system = SYSTEM

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client
        self._pages = Pages(client)

    @property
    def traffic(self) -> Traffic:
        """What reading has cost so far."""
        return self._client.traffic

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def now(self) -> dt.datetime:
        """Return the moment by the account's clock."""
        return self._client.now()

    def check(self) -> Checked:
        """Sign in, and see which of the objects can be read."""
        answer = self._client.ask("GET", "/account-info/v3/details")
        said = answer.json(dict)
        found = self.discover({})
        facts = {
            "Signed in to": f"account {answer.get(said, 'portalId', int)}",
            "Its time zone": answer.find(said, "timeZone", str) or "unknown",
            "Its currency": answer.find(said, "companyCurrency", str) or "unknown",
            "Objects that can be read": f"{len(found.objects)}",
        }
        if self.traffic.quota.words:
            facts["Requests"] = self.traffic.quota.words
        is_ok = not any(finding.severity is Severity.ERROR for finding in found.findings)
        return Checked(is_ok, facts, found.findings)

    # -- what there is --------------------------------------------------------------------------------------------

    def discover(self, more: Mapping[str, Collection[str]]) -> Discovery:
        """Ask for the properties of every object that is wanted; one that may not be read is a finding."""
        objects: list[SourceObject] = []
        findings: list[Finding] = []
        for wanted in OBJECTS:
            try:
                objects.append(self._describe(wanted, frozenset(more.get(wanted.name, ())), findings))
            except RefusedError as error:
                if error.status not in _NOT_THERE:
                    raise
                findings.append(_missing(wanted.name, wanted.scope, wanted.brings))
        for name, read, scope, brings in (
            (OWNERS, read_owners, "crm.objects.owners.read", ""),
            (STAGES, read_stages, "crm.objects.deals.read", "the order of the stages"),
        ):
            try:
                objects.append(read(self._client)[0])
            except RefusedError as error:
                if error.status not in _NOT_THERE:
                    raise
                findings.append(_missing(name, scope, brings))
        if objects and objects[0].name == COMPANIES:
            objects += [history for name in HISTORIES if (history := self._history(name, objects[0])) is not None]
        return Discovery(tuple(objects), tuple(findings))

    def _describe(self, wanted: Wanted, more: frozenset[str], findings: list[Finding]) -> SourceObject:
        answer = self._client.ask("GET", "/crm/v3/properties/{name}", values={"name": wanted.name})
        fields = {field.name: field for field in _fields(answer)}
        names = [name for name in (*wanted.properties, MODIFIED) if name in fields]
        names += sorted(name for name in more if name in fields and name not in names)
        read = [SourceField(KEY, FieldKind.ID), *(fields[name] for name in names)]
        if wanted.of_company:
            read.append(SourceField(COMPANY, FieldKind.ID, "Company"))
        if wanted.name == COMPANIES and (own := self._client.settings.territory_property):
            if own in fields:
                read.append(SourceField(TERRITORY, fields[own].kind, fields[own].label, fields[own].choices, True))
            else:
                findings.append(_no_territory(own))
        taken = {field.name for field in read}
        return SourceObject(
            wanted.name,
            tuple(read),
            key=KEY,
            stamp=MODIFIED if MODIFIED in names else None,
            tells_deleted=True,
            label=wanted.name.capitalize(),
            more_fields=tuple(field for name, field in fields.items() if name not in taken),
        )

    def _history(self, name: str, companies: SourceObject) -> SourceObject | None:
        if not HISTORIES[name] and companies.field(TERRITORY) is None:
            return None
        return SourceObject(name, read_history_fields(), "id", "changed_at", tells_deleted=True, label="History")

    # -- records --------------------------------------------------------------------------------------------------

    def pages(self, wanted: SourceObject, *, since: dt.datetime | None, resume: str | None) -> Iterator[Page]:
        """Give records: all by listing, those changed since a moment by searching, then those archived since."""
        if wanted.name in {OWNERS, STAGES}:
            read = read_owners if wanted.name == OWNERS else read_stages
            yield Page(make_rows(read(self._client)[1], wanted.fields))
            return
        if wanted.name in HISTORIES:
            prop = HISTORIES[wanted.name] or self._client.settings.territory_property
            yield from self._pages.history(prop, wanted.fields, since, resume)
            return
        names = {field.name: self._property(field.name) for field in wanted.fields if field.name not in {KEY, COMPANY}}
        of_company = wanted.field(COMPANY) is not None
        if since is None:
            yield from self._pages.listed(wanted, names, resume, of_company=of_company)
        else:
            yield from self._pages.changed(wanted, names, since, resume, of_company=of_company)

    def sweep(self, wanted: SourceObject, *, resume: str | None) -> Iterator[Page]:
        """Give the ids of all records there are."""
        key = (SourceField(wanted.key, FieldKind.ID),)
        if wanted.name not in BY_NAME:
            for page in self.pages(wanted, since=None, resume=resume):
                yield Page(page.rows.select(wanted.key), page.resume)
            return
        ids = SourceObject(wanted.name, key, wanted.key)
        yield from self._pages.listed(ids, {}, resume, of_company=False)

    def _property(self, name: str) -> str:
        return self._client.settings.territory_property if name == TERRITORY else name


def _fields(answer: Answer) -> Iterator[SourceField]:
    for one in answer.get(answer.json(dict), "results", list):
        prop = answer.check(one, dict, "a property")
        kind, name = KINDS.get(answer.get(prop, "type", str)), answer.get(prop, "name", str)
        if kind is None or answer.find(prop, "hidden", bool):
            continue
        options = () if name == OWNER else _options(answer, prop)
        label = answer.find(prop, "label", str) or ""
        yield SourceField(name, kind, label, options, not answer.find(prop, "hubspotDefined", bool))


def _options(answer: Answer, prop: dict[str, Any]) -> tuple[str, ...]:
    options = (answer.check(one, dict, "an option") for one in answer.find(prop, "options", list) or ())
    return tuple(answer.get(one, "value", str) for one in options if not one.get("hidden"))


def _missing(name: str, scope: str, brings: str) -> Finding:
    hint = f"give the app the scope {scope}"
    if not brings:
        message = f"The app can't read {name}; without them there is no book."
        return Finding("CN102", Severity.ERROR, name, message, hint)
    message = f"{name} can't be read, so that this is missing: {brings}."
    return Finding("CN101", Severity.WARNING, name, message, f"{hint}, if the firm uses it")


def _no_territory(name: str) -> Finding:
    message = f"Companies have no property {name!r}, which the connection names as the one that holds territories."
    hint = "make it in HubSpot's settings, or give the internal name of the one there is"
    return Finding("CN102", Severity.ERROR, COMPANIES, message, hint)
