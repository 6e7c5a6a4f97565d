"""Reading more than a few pages: a query job of Bulk API 2.0, whose results are taken page by page.

https://developer.salesforce.com/docs/platform/api-asynch/guide/query-bulk-api-2-0.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.salesforce.records import empty, read_csv
from evenhand.adapters.sources.salesforce.session import SYSTEM
from evenhand.app.records import CursorGoneError, Page
from evenhand.foundation.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evenhand.adapters.sources.salesforce.client import SalesforceClient
    from evenhand.app.records import SourceField

PAGE_ROWS = 50_000
_ANSWER = Limits(answer_bytes=512 * 1024 * 1024, answer_seconds=900.0)
_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS, _MOST_POLLS = 0.5, 20.0, 720
_ID = re.compile(r"[0-9A-Za-z]{15,18}")
_LOCATOR = re.compile(r"[0-9A-Za-z_\-=+/.]{1,200}")
MARK = "bulk"


def begin(client: SalesforceClient, soql: str, *, with_deleted: bool, fields: Sequence[SourceField]) -> Iterator[Page]:
    """Start a job and give its pages.

    The first page is empty and carries the job's id, so that a kill while the org works doesn't cost a second job.
    """
    body = {"operation": "queryAll" if with_deleted else "query", "query": soql}
    answer = client.ask("POST", "/jobs/query", json_body=body, is_safe=True)
    job = answer.get(answer.json(dict), "id", str)
    if not _ID.fullmatch(job):
        raise SourceError(SYSTEM, "the answer to a new query job names no job; nothing of it was used.")
    token = f"{MARK}:{job}:"
    yield Page(empty(fields), token)
    yield from resume(client, token, fields)


def resume(client: SalesforceClient, token: str, fields: Sequence[SourceField]) -> Iterator[Page]:
    """Give the pages after the one with that token."""
    _, job, locator = token.split(":", 2)
    _wait_for(client, job)
    while True:
        query = {"maxRecords": str(PAGE_ROWS), **({"locator": locator} if locator else {})}
        answer = client.ask(
            "GET",
            "/jobs/query/{job}/results",
            values={"job": job},
            query=query,
            headers={"Accept": "text/csv"},
            limits=_ANSWER,
        )
        # Sforce-NumberOfRecords and Sforce-Locator ("null" on the last page):
        # https://developer.salesforce.com/docs/platform/api-asynch/guide/query-get-job-results.html
        said = answer.headers.get("sforce-numberofrecords", "")
        if not re.fullmatch(r"\d{1,9}", said):
            raise SourceError(SYSTEM, "a page of bulk results doesn't say how many records it has; it wasn't used.")
        rows = read_csv(answer.body, fields, int(said))
        locator = answer.headers.get("sforce-locator", "null")
        if locator == "null":
            yield Page(rows)
            return
        if not _LOCATOR.fullmatch(locator):
            raise SourceError(SYSTEM, "a page of bulk results names no proper next page; it wasn't used.")
        yield Page(rows, f"{MARK}:{job}:{locator}")


def _wait_for(client: SalesforceClient, job: str) -> None:
    wait = _FIRST_POLL_SECONDS
    for _ in range(_MOST_POLLS):
        answer = client.ask("GET", "/jobs/query/{job}", values={"job": job})
        said = answer.json(dict)
        state = answer.get(said, "state", str)
        if state == "JobComplete":
            return
        if state in {"Failed", "Aborted"}:
            why = answer.find(said, "errorMessage", str) or "without a word"
            raise CursorGoneError(SYSTEM, f"a query job ended as {state}: {why[:300]}. The same command tries again.")
        client.sleep(wait)
        wait = min(_LONGEST_POLL_SECONDS, 1.5 * wait)
    message = "a query job isn't done after hours. The org is very busy; run the same again, it goes on waiting."
    raise SourceError(SYSTEM, message, transient=True)
