"""Records page by page: lists by HubSpot's own cursor, changes by windows of ids, so that no search is too large."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.hubspot.lists import next_after
from evenhand.adapters.sources.hubspot.objects import COMPANIES, COMPANY, KEY, MODIFIED
from evenhand.adapters.sources.hubspot.records import as_text, make_rows
from evenhand.adapters.sources.hubspot.session import SYSTEM
from evenhand.app.records import CursorGoneError, Page
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.hubspot.client import HubSpotClient
    from evenhand.app.records import SourceField, SourceObject

LIST_PAGE = 100
"""https://developers.hubspot.com/docs/api-reference/latest/crm/objects/objects/get-objects"""
SEARCH_PAGE = 200
"""https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm; a search ends at 10,000 results."""
HISTORY_PAGE = 50
"""Records of one request that asks for the history of a property:
https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis"""
ASSOCIATED = 1_000
"""https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api"""

LIST, SEARCH, ARCHIVED = "list", "search", "archived"
"""How a token says where reading goes on: ``list:<after>``, ``search:<last id>``, ``archived:<after>``."""


class Pages:
    """Pages of an account's records."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def listed(
        self, wanted: SourceObject, names: Mapping[str, str], resume: str | None, *, of_company: bool
    ) -> Iterator[Page]:
        """Give all records. The list has no end at 10,000, as a search has."""
        after = _rest(resume, LIST)
        query = {"limit": str(LIST_PAGE), "properties": ",".join(names.values()) or KEY}
        if of_company:
            query["associations"] = COMPANIES
        for records, following, answer in self._list(wanted.name, query, after):
            rows = [_row(record, names, answer) for record in records]
            for row, record in zip(rows, records, strict=True):
                if of_company:
                    row[COMPANY] = _company_listed(record, answer)
            yield Page(make_rows(rows, wanted.fields), f"{LIST}:{following}" if following else None)

    def changed(
        self,
        wanted: SourceObject,
        names: Mapping[str, str],
        since: dt.datetime,
        resume: str | None,
        *,
        of_company: bool,
    ) -> Iterator[Page]:
        """Give records changed since a moment, then those archived since.

        Every search asks for the ids after the last one it got, so that none comes to 10,000 results.
        """
        if not (resume or SEARCH).startswith(ARCHIVED):
            last = _rest(resume, SEARCH) or "0"
            while True:
                found, answer = self._search(wanted.name, sorted({*names.values(), MODIFIED}), since, last)
                rows = [_row(record, names, answer) for record in found]
                if of_company and rows:
                    companies = self.associated(wanted.name, COMPANIES, [str(row[KEY]) for row in rows])
                    for row in rows:
                        row[COMPANY] = next(iter(companies.get(str(row[KEY]), ())), None)
                if len(found) < SEARCH_PAGE:
                    yield Page(make_rows(rows, wanted.fields), f"{ARCHIVED}:")
                    break
                last = str(rows[-1][KEY])
                yield Page(make_rows(rows, wanted.fields), f"{SEARCH}:{last}")
        yield from self._archived(wanted, since, _rest(resume, ARCHIVED) if (resume or "").startswith(ARCHIVED) else "")

    def history(
        self, prop: str, fields: Sequence[SourceField], since: dt.datetime | None, resume: str | None
    ) -> Iterator[Page]:
        """Give the history of a property of companies: of all, or of those changed since a moment."""
        if since is None:
            query = {"limit": str(HISTORY_PAGE), "properties": KEY, "propertiesWithHistory": prop}
            for records, following, answer in self._list(COMPANIES, query, _rest(resume, LIST)):
                rows = [row for record in records for row in _changes(record, prop, answer)]
                yield Page(make_rows(rows, fields), f"{LIST}:{following}" if following else None)
            return
        last = _rest(resume, SEARCH) or "0"
        while True:
            found, answer = self._search(COMPANIES, [KEY], since, last)
            ids = [answer.get(record, "id", str) for record in found]
            rows = []
            for start in range(0, len(ids), HISTORY_PAGE):
                part = ids[start : start + HISTORY_PAGE]
                read, told = self.read(COMPANIES, part, [KEY], with_history=[prop])
                rows += [row for record in read for row in _changes(record, prop, told)]
            if len(found) < SEARCH_PAGE:
                yield Page(make_rows(rows, fields))
                return
            last = ids[-1]
            yield Page(make_rows(rows, fields), f"{SEARCH}:{last}")

    def read(
        self, kind: str, ids: Sequence[str], properties: Sequence[str], with_history: Sequence[str] = ()
    ) -> tuple[list[dict[str, Any]], Answer]:
        """Return the records of some ids, in one request; those that aren't there are left out."""
        body = {
            "inputs": [{"id": one} for one in ids],
            "properties": list(properties),
            "propertiesWithHistory": list(with_history),
        }
        answer = self._client.ask(
            "POST", "/crm/v3/objects/{kind}/batch/read", values={"kind": kind}, json_body=body, is_safe=True
        )
        return _records(answer, answer.json(dict)), answer

    def associated(self, kind: str, to: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return the records that some are associated with, by id; the primary one first, then by id."""
        found: dict[str, list[tuple[bool, int, str]]] = {}
        asked = [{"id": one} for one in ids]
        while asked:
            now, asked = asked[:ASSOCIATED], asked[ASSOCIATED:]
            answer = self._client.ask(
                "POST", "/crm/v4/associations/{kind}/{to}/batch/read", values={"kind": kind, "to": to},
                json_body={"inputs": now}, is_safe=True,
            )  # fmt: skip
            for one in answer.get(answer.json(dict), "results", list):
                result = answer.check(one, dict, "a result")
                source = answer.get(answer.get(result, "from", dict), "id", str)
                for another in answer.get(result, "to", list):
                    target = answer.check(another, dict, "an association")
                    types = [answer.check(one, dict, "a type") for one in answer.get(target, "associationTypes", list)]
                    is_primary = any(str(one.get("label")).casefold() == "primary" for one in types)
                    target_id = str(as_text(target.get("toObjectId")))
                    found.setdefault(source, []).append((not is_primary, _number(target_id), target_id))
                if after := next_after(answer.find(result, "paging", dict)):
                    asked.append({"id": source, "after": after})
        return {source: list(dict.fromkeys(one for *_, one in sorted(targets))) for source, targets in found.items()}

    def _archived(self, wanted: SourceObject, since: dt.datetime, after: str) -> Iterator[Page]:
        """Give the ids of records in the bin, where they stay for 90 days."""
        query = {"limit": str(LIST_PAGE), "properties": KEY, "archived": "true"}
        for records, following, answer in self._list(wanted.name, query, after):
            gone = tuple(
                answer.get(record, "id", str)
                for record in records
                if _moment(answer.find(record, "archivedAt", str)) >= since
            )
            yield Page(make_rows([], wanted.fields), f"{ARCHIVED}:{following}" if following else None, gone)

    def _list(self, kind: str, query: dict[str, str], after: str) -> Iterator[tuple[list[dict[str, Any]], str, Answer]]:
        while True:
            asked = query | ({"after": after} if after else {})
            answer = self._client.call("GET", "/crm/v3/objects/{kind}", values={"kind": kind}, query=asked)
            if answer.status == 400 and after:
                raise CursorGoneError(SYSTEM, f"the list of {kind} can't be gone on with where it stopped.")
            if not answer.is_ok:
                self._client.refuse(answer)
            said = answer.json(dict)
            following = next_after(answer.find(said, "paging", dict))
            if following and following == after:
                raise SourceError(SYSTEM, f"the list of {kind} leads back to the same page; nothing more was read.")
            yield _records(answer, said), following, answer
            if not following:
                return
            after = following

    def _search(
        self, kind: str, properties: list[str], since: dt.datetime, last: str
    ) -> tuple[list[dict[str, Any]], Answer]:
        since_ms = str(int(since.astimezone(dt.UTC).timestamp() * 1000))
        filters = [
            {"propertyName": MODIFIED, "operator": "GTE", "value": since_ms},
            {"propertyName": KEY, "operator": "GT", "value": last},
        ]
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": KEY, "direction": "ASCENDING"}],
            "properties": properties,
            "limit": SEARCH_PAGE,
            "after": 0,
        }
        answer = self._client.ask(
            "POST", "/crm/v3/objects/{kind}/search", values={"kind": kind}, json_body=body, is_safe=True, is_search=True
        )
        found = sorted(_records(answer, answer.json(dict)), key=lambda record: _number(answer.get(record, "id", str)))
        if found and _number(str(found[0]["id"])) <= _number(last):
            raise SourceError(SYSTEM, f"a search of {kind} gives ids that weren't asked for; nothing more was read.")
        return found, answer


def _rest(resume: str | None, kind: str) -> str:
    mark, _, rest = (resume or f"{kind}:").partition(":")
    if mark != kind:
        raise CursorGoneError(SYSTEM, "reading goes on in another way than it stopped.")
    return rest


def _records(answer: Answer, said: dict[str, Any]) -> list[dict[str, Any]]:
    return [answer.check(one, dict, "a record") for one in answer.get(said, "results", list)]


def _row(record: dict[str, Any], names: Mapping[str, str], answer: Answer) -> dict[str, str | None]:
    properties = answer.get(record, "properties", dict)
    return {KEY: answer.get(record, "id", str)} | {name: as_text(properties.get(prop)) for name, prop in names.items()}


def _company_listed(record: dict[str, Any], answer: Answer) -> str | None:
    """Return the company of a listed record: the primary one, which is the one whose type isn't "unlabeled"."""
    lists = answer.find(record, "associations", dict) or {}
    said = answer.find(lists, COMPANIES, dict)
    if said is None:
        return None
    found = []
    for one in answer.get(said, "results", list):
        company = answer.check(one, dict, "an association")
        one_id = answer.get(company, "id", str)
        found.append((answer.get(company, "type", str).endswith("_unlabeled"), _number(one_id), one_id))
    return min(found)[2] if found else None


def _changes(record: dict[str, Any], prop: str, answer: Answer) -> Iterator[dict[str, str | None]]:
    company = answer.get(record, "id", str)
    histories = answer.find(record, "propertiesWithHistory", dict) or {}
    for one in answer.find(histories, prop, list) or ():
        change = answer.check(one, dict, "a change")
        at = answer.get(change, "timestamp", str)
        yield {"id": f"{company}|{at}", "company_id": company, "value": as_text(change.get("value")), "changed_at": at}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 30):
        raise SourceError(SYSTEM, "an answer has an id that is no number. Nothing of it was used.")
    return int(text)


def _moment(text: str | None) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text or "")
    except ValueError:
        raise SourceError(SYSTEM, "an answer has an archived record without its day. Nothing of it was used.") from None
