"""Small questions to an org: the rows of a query whose ids are known, and records by id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.salesforce.client import RefusedError
from evenhand.adapters.sources.salesforce.session import SYSTEM
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from evenhand.adapters.sources.salesforce.client import SalesforceClient

MOST_IDS_IN_QUERY = 400
"""An id with its quotes takes 27 characters of an address, which may have 16,384."""
MOST_RETRIEVED = 2000
"""https://developer.salesforce.com/docs/atlas.en-us.258.0.api_rest.meta/api_rest/resources_composite_sobjects_collections_retrieve_post.htm"""
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_NEXT = re.compile(r"/services/data/v\d+\.\d/query/([\w\-]+)")
_NOT_THERE = frozenset({"INVALID_TYPE", "INVALID_FIELD", "NOT_FOUND"})

Row = dict[str, Any]


def is_id(text: str) -> bool:
    """Say whether something looks like the id of a record."""
    return _ID.fullmatch(text) is not None


def ask_rows(client: SalesforceClient, names: str, kind: str, where: str = "") -> Iterator[Row]:
    """Give the rows of a query; none where the org hasn't the object, or the user may not see it.

    Parameters
    ----------
    names
        Fields, with commas.
    """
    soql = " ".join(("SELECT", names, "FROM", kind, *(("WHERE", where) if where else ())))
    try:
        answer = client.ask("GET", "/query", query={"q": soql})
    except RefusedError as error:
        if error.code in _NOT_THERE:
            return
        raise
    while True:
        said = answer.json(dict)
        for row in answer.get(said, "records", list):
            yield answer.check(row, dict, "a record")
        if answer.get(said, "done", bool):
            return
        found = _NEXT.fullmatch(answer.get(said, "nextRecordsUrl", str))
        if found is None:
            raise SourceError(SYSTEM, "an answer names a next page that isn't a query's; it wasn't followed.")
        answer = client.ask("GET", "/query/{locator}", values={"locator": found[1]})


def ask_rows_of(
    client: SalesforceClient, names: str, kind: str, field: str, ids: Iterable[str], more: str = ""
) -> Iterator[Row]:
    """Give the rows whose field is one of these ids, in as many queries as that takes.

    Parameters
    ----------
    more
        A further condition.
    """
    known = sorted({one for one in ids if is_id(one)})
    for start in range(0, len(known), MOST_IDS_IN_QUERY):
        listed = ",".join(f"'{one}'" for one in known[start : start + MOST_IDS_IN_QUERY])
        yield from ask_rows(client, names, kind, f"{field} IN ({listed})" + (f" AND {more}" if more else ""))


def retrieve(client: SalesforceClient, kind: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
    """Return records by id as it was asked for; those that aren't there are left out."""
    known = [one for one in dict.fromkeys(ids) if is_id(one)]
    found: dict[str, Row] = {}
    for start in range(0, len(known), MOST_RETRIEVED):
        part = known[start : start + MOST_RETRIEVED]
        answer = client.ask(
            "POST", "/composite/sobjects/{kind}", values={"kind": kind},
            json_body={"ids": part, "fields": list(fields)}, is_safe=True,
        )  # fmt: skip
        rows = answer.json(list)
        if len(rows) != len(part):
            raise SourceError(SYSTEM, f"it was asked for {len(part):,} records of {kind} and gave {len(rows):,}.")
        for one, row in zip(part, rows, strict=True):
            if row is not None:
                found[one] = answer.check(row, dict, "a record")
    return found
