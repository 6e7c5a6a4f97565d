"""How records are read: describe, SOQL as far as it is used, pages of results, and query jobs of Bulk API 2.0."""

from __future__ import annotations

import base64
import csv
import io
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.salesforce.org import Org, Row
    from tests.contract.salesforce.server import Answer, Request, Server

API = r"/services/data/v\d+\.\d"
MOST_ROWS = 2000
COMPOUND = {"address", "location"}
# Histories of fields have no such stamps:
# https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_associated_objects_history.htm
ABSENT = {"AccountHistory": {"SystemModstamp", "LastModifiedDate"}}


class QueryError(Exception):
    """A query that the org doesn't take: its code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass
class Job:
    """A query job."""

    soql: str
    with_deleted: bool
    kind: str
    fields: list[str]
    rows: list[Row]
    n_polls: int = 0


@dataclass
class Queries:
    """What a server remembers of queries.

    Attributes
    ----------
    n_polls
        How often a job is asked after before it is done.
    denied
        Objects that the user may not read, and fields as (object, field).
    cursors, jobs
        Results that are being paged through, and bulk jobs; cleared, their locators are unknown.
    """

    server: Server
    n_polls: int = 1
    denied: set[str | tuple[str, str]] = field(default_factory=set)
    cursors: dict[str, tuple[list[str], list[Row], str]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)

    # -- describe -----------------------------------------------------------------------------------------------

    def describe(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm;
        what the user may not see looks as if it weren't there."""
        from tests.contract.salesforce.server import answer_error, answer_json

        kind = _group(request, "kind")
        if kind not in org.kinds or kind in self.denied:
            return answer_error(404, "NOT_FOUND", "The requested resource does not exist")
        stages = [row["MasterLabel"] for row in org.rows("OpportunityStage")]
        fields = [
            {
                "name": name,
                "type": spec.type,
                "label": spec.label or name,
                "custom": name.endswith("__c"),
                "updateable": spec.update,
                "createable": spec.create,
                "nillable": spec.nillable,
                "picklistValues": [
                    {"value": stage, "label": stage, "active": True} for stage in stages if name == "StageName"
                ],
            }
            for name, spec in self.fields_of(org, kind).items()
        ]
        return answer_json({"name": kind, "label": kind, "queryable": True, "fields": fields})

    def fields_of(self, org: Org, kind: str) -> dict[str, Any]:
        """Return the fields that the user may see."""
        absent = ABSENT.get(kind, set())
        return {
            name: spec
            for name, spec in org.kinds[kind].fields.items()
            if name not in absent and (kind, name) not in self.denied
        }

    def limits(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm"""
        from tests.contract.salesforce.server import answer_json

        left = org.most_requests - org.n_requests
        return answer_json({"DailyApiRequests": {"Max": org.most_requests, "Remaining": left}})

    def resources(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_discoveryresource.htm"""
        from tests.contract.salesforce.server import answer_json

        return answer_json(
            {name: f"{request.path}{name}" for name in ("sobjects", "query", "queryAll", "jobs", "limits")}
        )

    # -- REST -----------------------------------------------------------------------------------------------------

    def query(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm and
        …resources_queryall.htm, which gives deleted records too."""
        from tests.contract.salesforce.server import answer_error, answer_json

        try:
            kind, names, rows = self.run(org, request.query.get("q", ""), "queryAll" in request.path)
        except QueryError as error:
            return answer_error(400, error.code, error.message)
        if names is None:
            return answer_json({"totalSize": len(rows), "done": True, "records": []})
        locator = f"01gfake{len(self.cursors):08d}AAA"
        self.cursors[locator] = (names, rows, kind)
        asked = re.fullmatch(r"batchSize=(\d+)", request.headers.get("sforce-query-options", ""))
        return self._page(locator, 0, min(int(asked[1]) if asked else MOST_ROWS, MOST_ROWS))

    def more(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query_more_results.htm"""
        from tests.contract.salesforce.server import answer_error

        locator, _, at = _group(request, "locator").rpartition("-")
        if locator not in self.cursors:
            return answer_error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(locator, int(at), MOST_ROWS)

    def _page(self, locator: str, at: int, most: int) -> Answer:
        from tests.contract.salesforce.server import answer_json

        names, rows, kind = self.cursors[locator]
        end = at + most
        records = [
            {"attributes": {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}/{row['Id']}"}}
            | {name: row.get(name) for name in names}
            for row in rows[at:end]
        ]
        body: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows), "records": records}
        if end < len(rows):
            # "query" also after queryAll, as the page says.
            body["nextRecordsUrl"] = f"/services/data/v62.0/query/{locator}-{end}"
        return answer_json(body)

    # -- bulk -----------------------------------------------------------------------------------------------------

    def create_job(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/platform/api-asynch/guide/query-create-job.html: no COUNT, GROUP BY,
        ORDER BY, LIMIT, OFFSET or compound fields."""
        from tests.contract.salesforce.server import answer_error, answer_json

        said = request.json()
        soql, operation = said["query"], said["operation"]
        try:
            kind, names, rows = self._run_in_bulk(org, soql, with_deleted=operation == "queryAll")
        except QueryError as error:
            return answer_error(400, error.code, error.message)
        job_id = f"750fake{len(self.jobs):08d}AAA"
        self.jobs[job_id] = Job(soql, operation == "queryAll", kind, names, rows, self.n_polls)
        return answer_json({"id": job_id, "operation": operation, "object": kind, "state": "UploadComplete"})

    def _run_in_bulk(self, org: Org, soql: str, *, with_deleted: bool) -> tuple[str, list[str], list[Row]]:
        if re.search(r"\b(ORDER BY|LIMIT|OFFSET|GROUP BY)\b|COUNT\(", soql, re.IGNORECASE):
            raise QueryError("API_ERROR", "Bulk API 2.0 doesn't support this clause")
        kind, names, rows = self.run(org, soql, with_deleted)
        if any(org.kinds[kind].fields[name].type in COMPOUND for name in names or ()):
            raise QueryError("FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query")
        return kind, names or [], rows

    def job(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/platform/api-asynch/guide/query-get-one-job.html"""
        from tests.contract.salesforce.server import answer_error, answer_json

        job = self.jobs.get(_group(request, "job"))
        if job is None:
            return answer_error(404, "INVALIDJOB", "Unable to find job")
        job.n_polls -= 1
        return answer_json({"id": _group(request, "job"), "state": "InProgress" if job.n_polls >= 0 else "JobComplete"})

    def results(self, org: Org, request: Request) -> Answer:
        """https://developer.salesforce.com/docs/platform/api-asynch/guide/query-get-job-results.html: maxRecords and
        locator; Sforce-Locator is "null" on the last page, and opaque before that."""
        from tests.contract.salesforce.server import Answer, answer_error

        job = self.jobs.get(_group(request, "job"))
        if job is None or job.n_polls >= 0:
            return answer_error(404, "INVALIDJOB", "Unable to find job")
        most = int(request.query.get("maxRecords", 100_000))
        at = int(base64.b64decode(request.query["locator"]).decode()) if "locator" in request.query else 0
        page = job.rows[at : at + most]
        end = at + len(page)
        specs = org.kinds[job.kind].fields
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(job.fields)
        forms = [_FORMS.get(specs[name].type, _text) for name in job.fields]
        writer.writerows([form(row.get(name)) for form, name in zip(forms, job.fields, strict=True)] for row in page)
        locator = "null" if end >= len(job.rows) else base64.b64encode(str(end).encode()).decode()
        headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(len(page)), "Content-Type": "text/csv"}
        return Answer(200, text.getvalue().encode(), headers)

    # -- SOQL -----------------------------------------------------------------------------------------------------

    def run(self, org: Org, soql: str, with_deleted: bool) -> tuple[str, list[str] | None, list[Row]]:
        """Return object, fields (None for COUNT()) and records of a query.

        https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm
        """
        found = re.fullmatch(
            r"\s*SELECT\s+(?P<what>.+?)\s+FROM\s+(?P<kind>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
            r"(?:\s+ORDER BY\s+(?P<by>\w+))?(?:\s+LIMIT\s+(?P<most>\d+))?\s*",
            soql,
            re.IGNORECASE | re.DOTALL,
        )
        if found is None:
            raise QueryError("MALFORMED_QUERY", "unexpected token")
        kind = found["kind"]
        if kind not in org.kinds or kind in self.denied:
            raise QueryError("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
        is_count = found["what"].replace(" ", "").upper() == "COUNT()"
        names = [] if is_count else [name.strip() for name in found["what"].split(",")]
        fields = self.fields_of(org, kind)
        for name in names:
            if name not in fields:
                raise QueryError("INVALID_FIELD", f"No such column '{name}' on entity '{kind}'.")
        fits = self._where(found["where"] or "", kind, fields)
        with org.lock:
            rows = [
                dict(row) for row in org.tables[kind].values() if (with_deleted or not row["IsDeleted"]) and fits(row)
            ]
        if found["by"]:
            rows.sort(key=lambda row: (row.get(found["by"]) is not None, row.get(found["by"])))
        return kind, None if is_count else names, rows[: int(found["most"])] if found["most"] else rows

    def _where(self, text: str, kind: str, fields: dict[str, Any]) -> Callable[[Row], bool]:
        tests: list[Callable[[Row], bool]] = []
        for part in re.split(r"\s+AND\s+", text, flags=re.IGNORECASE) if text else ():
            found = re.fullmatch(r"\(?\s*(\w+)\s*(=|!=|>=|<=|>|<|\bIN\b)\s*(.+?)\s*", part, re.IGNORECASE | re.DOTALL)
            if found is None:
                raise QueryError("MALFORMED_QUERY", f"unexpected token: {part}")
            name, sign, value = found[1], found[2].upper(), found[3]
            if name not in fields:
                raise QueryError("INVALID_FIELD", f"No such column '{name}' on entity '{kind}'.")
            tests.append(_test(name, sign, value, fields[name].type))
        return lambda row: all(test(row) for test in tests)


def add_routes(server: Server) -> None:
    """Add what reads records; `server.queries` is what it remembers."""
    queries = Queries(server)
    server.queries = queries  # type: ignore[attr-defined]
    server.add("GET", API + r"/sobjects/(?P<kind>\w+)/describe", queries.describe)
    server.add("GET", API + "/limits", queries.limits)
    server.add("GET", API + "/", queries.resources)
    server.add("GET", API + "/query(?:All)?", queries.query)
    server.add("GET", API + r"/query(?:All)?/(?P<locator>[\w\-]+)", queries.more)
    server.add("POST", API + "/jobs/query", queries.create_job)
    server.add("GET", API + r"/jobs/query/(?P<job>\w+)", queries.job)
    server.add("GET", API + r"/jobs/query/(?P<job>\w+)/results", queries.results)


def _group(request: Request, name: str) -> str:
    assert request.matched is not None
    return request.matched[name]


def _test(name: str, sign: str, text: str, kind: str) -> Callable[[Row], bool]:
    if sign == "IN":
        values = {_value(part, kind) for part in re.findall(r"'[^']*'|[^\s,()]+", text)}
        return lambda row: row.get(name) in values
    value = _value(text, kind)
    if sign in {"=", "!="}:
        return lambda row: (row.get(name) == value) == (sign == "=")
    compare = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}[sign]
    return lambda row: row.get(name) is not None and compare(row[name], value)


def _value(text: str, kind: str) -> Any:
    text = text.strip()
    if text.startswith("'"):
        return text.strip("'").replace("\\'", "'")
    if text.lower() in {"true", "false", "null"}:
        return {"true": True, "false": False, "null": None}[text.lower()]
    if kind == "datetime":
        return text.replace("Z", "+0000")  # records keep stamps as REST writes them
    if kind == "date":
        return text
    return float(text)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> str:
    return "" if value is None else str(float(value))


def _yes(value: Any) -> str:
    return "" if value is None else "true" if value else "false"


def _moment(value: Any) -> str:
    return "" if value is None else str(value).replace("+0000", "Z")


# How bulk writes values otherwise than REST: 100.0 for 100, Z for +0000, nothing for null;
# https://docs.celigo.com/hc/en-us/articles/27438241234459-Salesforce-Bulk-API-2-0-Guide
_FORMS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("double", "currency", "percent", "int"), _number),
    "boolean": _yes,
    "datetime": _moment,
}
