"""The fake account as a real HTTP server on a loopback port, with the limits that HubSpot documents and faults.

Pages of the documentation are named where a behaviour is theirs; where they leave something open, the account takes the
side that hurts most.
"""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.contract.hubspot.portal import InvalidError, Portal, Record
from tests.contract.salesforce.server import Answer, Faults, Request, _Handler, _Http, answer_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCS = "https://developers.hubspot.com/docs/"
MOST_LISTED = 100
"""…/api-reference/latest/crm/objects/objects/get-objects"""
MOST_WITH_HISTORY = 50
"""…/api-reference/latest/crm/using-object-apis: 50 records of a request with propertiesWithHistory"""
MOST_FOUND, MOST_SEARCHED = 200, 10_000
"""…/api-reference/latest/crm/search-the-crm: 200 records a page, 10,000 results of a query"""
MOST_IN_BATCH = 100
MOST_ASSOCIATED = 1_000
"""https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api"""
KINDS = ("reset", "lost", "502", "503", "429")


def answer_error(status: int, category: str, message: str, **more: Any) -> Answer:
    """Answer with an error. …/api-reference/error-handling"""
    body = {
        "status": "error",
        "message": message,
        "correlationId": "00000000-0000-0000-0000-000000000000",
        "category": category,
    }
    return answer_json(body | more, status)


def answer_too_many(policy: str) -> Answer:
    """Answer as an account does that has had enough. …/developer-tooling/platform/usage-guidelines"""
    words = (
        "You have reached your daily limit." if policy == "DAILY" else f"You have reached your {policy.lower()} limit."
    )
    return answer_error(429, "RATE_LIMITS", words, errorType="RATE_LIMIT", policyName=policy)


class Server:
    """A running fake; see `serve`."""

    def __init__(self, portal: Portal) -> None:
        self.org = portal
        self.faults = Faults(kinds=KINDS, spared="/oauth/")
        self.seen: list[tuple[str, str, int]] = []
        self.bodies: list[tuple[str, Any]] = []
        self.url = ""
        self._lock = threading.Lock()
        self._all: deque[float] = deque()
        self._searches: deque[float] = deque()
        self.routes: list[tuple[str, re.Pattern[str], Callable[[Portal, Request], Answer]]] = [
            (method, re.compile(pattern), route) for method, pattern, route in ROUTES
        ]

    def answer(self, request: Request) -> tuple[Answer | None, float]:
        """Return the answer (None: the connection breaks) and after how many seconds it comes."""
        with self._lock:
            fault = self.faults.draw(request)
            if request.body[:1] == b"{":
                self.bodies.append((request.path, request.json()))
            if fault == "reset":
                return None, 0.0
            if fault in {"502", "503"}:
                return answer_error(int(fault), "INTERNAL_ERROR", "There was a problem with the request."), 0.0
            if fault == "429":
                return answer_too_many("SECONDLY"), 0.0
            if fault == "expired":
                self.org.tokens.clear()
            answer = self._route(request)
            return (None if fault == "lost" else answer), (self.faults.slow_seconds if fault == "slow" else 0.0)

    def _route(self, request: Request) -> Answer:
        portal = self.org
        is_search = request.path.endswith("/search")
        if not request.path.startswith("/oauth/"):
            portal.n_requests += 1
            if policy := self._find_spent(is_search=is_search):
                return answer_too_many(policy)
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in portal.tokens:
                return answer_error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        for method, pattern, route in self.routes:
            matched = pattern.fullmatch(request.path) if method == request.method else None
            if matched:
                kind = matched.groupdict().get(
                    "kind", request.path.split("/")[3] if request.path.startswith("/crm/") else ""
                )
                if kind in portal.forbidden:
                    scopes = {"context": {"requiredGranularScopes": [f"crm.objects.{kind}.read"]}}
                    words = "This app hasn't been granted all required scopes to make this call."
                    return answer_error(403, "MISSING_SCOPES", words, errors=[scopes])
                answer = route(portal, Request(**{**vars(request), "matched": matched}))
                return Answer(answer.status, answer.body, {**answer.headers, **({} if is_search else self._headers())})
        return answer_error(404, "OBJECT_NOT_FOUND", "resource not found")

    def _find_spent(self, *, is_search: bool) -> str:
        """Return the limit that this request is over, "" for none."""
        portal = self.org
        if portal.n_requests > portal.most_daily:
            return "DAILY"
        if self._is_too_fast(self._all, portal.most_in_ten_seconds, 10.0):
            return "TEN_SECONDLY_ROLLING"
        return "SECONDLY" if is_search and self._is_too_fast(self._searches, portal.most_searches, 1.0) else ""

    def _headers(self) -> dict[str, str]:
        """…/developer-tooling/platform/usage-guidelines: answers of the search endpoints have none of these."""
        portal = self.org
        left = max(0, portal.most_in_ten_seconds - len(self._all)) if portal.clock else 99
        return {
            "X-HubSpot-RateLimit-Daily": str(portal.most_daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, portal.most_daily - portal.n_requests)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(portal.most_in_ten_seconds),
            "X-HubSpot-RateLimit-Remaining": str(left),
        }  # fmt: skip

    def _is_too_fast(self, sent: deque[float], n_most: int, seconds: float) -> bool:
        if self.org.clock is None:
            return False
        at = self.org.clock()
        while sent and sent[0] <= at - seconds:
            sent.popleft()
        if len(sent) >= n_most:
            return True
        sent.append(at)
        return False


# -- what is asked -----------------------------------------------------------------------------------------------


def show(record: Record, properties: list[str], with_history: list[str]) -> dict[str, Any]:
    """Show a record as the object APIs do: all values are texts, and only what was asked for."""
    always = ["hs_object_id", "createdate", "hs_lastmodifieddate"]
    values = record["properties"]
    shown = {
        "id": record["id"],
        "properties": {
            name: values.get(name) for name in [*always, *properties] if name in values or name in properties
        },
        "createdAt": record["createdAt"],
        "updatedAt": record["updatedAt"],
        "archived": record["archived"],
    }
    if record["archived"]:
        shown["archivedAt"] = record["archivedAt"]
    if with_history:
        shown["propertiesWithHistory"] = {name: record["history"].get(name, []) for name in with_history}
    return shown


def list_records(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/objects/objects/get-objects"""
    assert request.matched
    kind, query = request.matched["kind"], request.query
    limit = int(query.get("limit", "10"))
    with_history = [name for name in query.get("propertiesWithHistory", "").split(",") if name]
    if limit > (MOST_WITH_HISTORY if with_history else MOST_LISTED):
        return answer_error(400, "VALIDATION_ERROR", f"Invalid limit {limit}")
    archived = query.get("archived", "").lower() == "true"
    after = query.get("after", "0")
    if not after.isdigit():
        return answer_error(400, "VALIDATION_ERROR", "Unable to infer object type from after")
    ids = sorted((int(key) for key, record in portal.records[kind].items() if record["archived"] is archived))
    following = [key for key in ids if key > int(after)]
    properties = [name for name in query.get("properties", "").split(",") if name]
    shown = []
    for key in following[:limit]:
        record = portal.records[kind][str(key)]
        one = show(record, properties, with_history)
        if to := query.get("associations"):
            links = portal.links[kind, to].get(str(key), [])
            name = f"{kind.removesuffix('s')}_to_company"
            if links:
                one["associations"] = {
                    to: {"results": [
                        {"id": other, "type": name if is_primary else f"{name}_unlabeled"}
                        for other, is_primary in links
                    ]}
                }  # fmt: skip
        shown.append(one)
    answer: dict[str, Any] = {"results": shown}
    if len(following) > limit:
        answer["paging"] = {"next": {"after": shown[-1]["id"], "link": f"{request.headers.get('host')}/…"}}
    return answer_json(answer)


def search(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/search-the-crm: no associations, 200 a page, and nothing beyond 10,000."""
    assert request.matched
    said, kind = request.json(), request.matched["kind"]
    limit, after = said.get("limit", 10), int(said.get("after") or 0)
    if limit > MOST_FOUND or after + limit > MOST_SEARCHED:
        return answer_error(400, "VALIDATION_ERROR", "The page would be beyond the 10,000th result.")
    found = [record for record in portal.records[kind].values() if not record["archived"]]
    for one in said["filterGroups"][0]["filters"]:
        found = [record for record in found if _fits(record, one)]
    for sort in said.get("sorts", []):
        found.sort(key=lambda record: int(record["properties"][sort["propertyName"]]))
    page = found[after : after + limit]
    answer: dict[str, Any] = {
        "total": len(found),
        "results": [show(one, said.get("properties", []), []) for one in page],
    }
    if after + limit < len(found):
        answer["paging"] = {"next": {"after": str(after + limit)}}
    return answer_json(answer)


def _fits(record: Record, one: dict[str, str]) -> bool:
    import datetime as dt

    value: str = record["properties"].get(one["propertyName"]) or ""
    if one["propertyName"] == "hs_lastmodifieddate":
        mine = int(dt.datetime.fromisoformat(value).timestamp() * 1000)
    else:
        mine = int(value)
    return {"GTE": mine >= int(one["value"]), "GT": mine > int(one["value"])}[one["operator"]]


def read_batch(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/objects/objects/batch/get-objects: what isn't there is an error of a 207."""
    assert request.matched
    said, kind = request.json(), request.matched["kind"]
    ids = [one["id"] for one in said["inputs"]]
    with_history = said.get("propertiesWithHistory", [])
    if len(ids) > (MOST_WITH_HISTORY if with_history else MOST_IN_BATCH):
        return answer_error(
            400, "VALIDATION_ERROR", "The maximum number of inputs supported in a batch request was exceeded"
        )
    there = [one for one in ids if one in portal.records[kind] and not portal.records[kind][one]["archived"]]
    results = [show(portal.records[kind][one], said.get("properties", []), with_history) for one in sorted(there)]
    return _batch(results, [one for one in ids if one not in there])


def update_batch(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/objects/objects/batch/update-objects.

    https://developers.hubspot.com/changelog/simplifying-batch-update-response-codes-for-crm-v3-apis: 200 where all is
    done, 207 where one or more fail. A value that a property doesn't take fails the whole request with 400.
    """
    assert request.matched
    said, kind = request.json(), request.matched["kind"]
    inputs = said["inputs"]
    ids = [one["id"] for one in inputs]
    if len(ids) > MOST_IN_BATCH or len(set(ids)) < len(ids):
        return answer_error(400, "VALIDATION_ERROR", "Too many or duplicate ids in the batch")
    there = [
        one for one in inputs if one["id"] in portal.records[kind] and not portal.records[kind][one["id"]]["archived"]
    ]
    kept = {
        one["id"]: (dict(record["properties"]), {name: list(past) for name, past in record["history"].items()})
        for one in there
        for record in (portal.records[kind][one["id"]],)
    }
    counted = portal.n_writes.copy()
    try:
        results = [show(portal.write(kind, one["id"], one["properties"]), [], []) for one in there]
    except InvalidError as error:
        for key, (values, history) in kept.items():
            portal.records[kind][key]["properties"], portal.records[kind][key]["history"] = values, history
        portal.n_writes.clear()
        portal.n_writes.update(counted)
        return answer_error(400, "VALIDATION_ERROR", f"Property values were not valid: {error}")
    done = {one["id"] for one in there}
    return _batch(results, [one for one in ids if one not in done])


def _batch(results: list[dict[str, Any]], missing: list[str]) -> Answer:
    times = {"startedAt": "2026-10-01T08:00:00.000Z", "completedAt": "2026-10-01T08:00:00.100Z"}
    answer: dict[str, Any] = {"status": "COMPLETE", "results": results, **times}
    if not missing:
        return answer_json(answer)
    error = {
        "status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects.",
        "context": {"ids": missing},
    }  # fmt: skip
    return answer_json({**answer, "numErrors": 1, "errors": [error]}, 207)


def read_associations(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/associations/associate-records/guide: 207 where some records have none."""
    assert request.matched
    ids = [one["id"] for one in request.json()["inputs"]]
    if len(ids) > MOST_ASSOCIATED:
        return answer_error(400, "VALIDATION_ERROR", "Too many inputs")
    links = portal.links[request.matched["kind"], request.matched["to"]]
    results = []
    for one in ids:
        if not links.get(one):
            continue
        unlabeled = {"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}
        primary = {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}
        to = [
            {"toObjectId": int(other), "associationTypes": [unlabeled, *([primary] if is_primary else [])]}
            for other, is_primary in links[one]
        ]
        results.append({"from": {"id": one}, "to": to})
    missing = [one for one in ids if not links.get(one)]
    answer = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2026-10-01T08:00:00Z",
        "completedAt": "2026-10-01T08:00:00Z",
    }
    if missing:
        words = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "No company is associated",
            "context": {"fromObjectId": missing},
        }
        return answer_json({**answer, "numErrors": len(missing), "errors": [words]}, 207)
    return answer_json(answer)


def list_properties(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/properties/guide"""
    assert request.matched
    return answer_json({"results": list(portal.properties[request.matched["kind"]].values())})


def show_property(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/properties/guide"""
    assert request.matched
    known = portal.properties[request.matched["kind"]].get(request.matched["name"])
    return answer_json(known) if known else answer_error(404, "OBJECT_NOT_FOUND", "no such property")


def list_owners(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/owners/guide: archived ones only where asked for."""
    archived = request.query.get("archived", "").lower() == "true"
    owners = [owner for owner in portal.owners if owner["archived"] is archived]
    start, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "100"))
    answer: dict[str, Any] = {"results": owners[start : start + limit]}
    if start + limit < len(owners):
        answer["paging"] = {"next": {"after": str(start + limit)}}
    return answer_json(answer)


def list_pipelines(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/crm/pipelines/guide"""
    return answer_json({"results": portal.pipelines})


def show_account(portal: Portal, request: Request) -> Answer:
    """…/api-reference/latest/account/account-information/guide"""
    return answer_json(
        {"portalId": 4711, "accountType": "STANDARD", "timeZone": "Europe/Vienna", "companyCurrency": "EUR"}
    )


def give_token(portal: Portal, request: Request) -> Answer:
    """…/api-reference/auth-oauth-v1/tokens/post-oauth-v1-token"""
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    if (form.get("grant_type"), form.get("client_id"), form.get("client_secret"), form.get("refresh_token")) != (
        "refresh_token", "client-id", "client-secret", "refresh-me"
    ):  # fmt: skip
        return answer_error(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    portal.n_logins += 1
    token = f"oauth-{portal.n_logins}"
    portal.tokens.add(token)
    return answer_json(
        {"token_type": "bearer", "refresh_token": "refresh-me", "access_token": token, "expires_in": 1800}
    )


_KIND = r"(?P<kind>[a-z_]+)"
ROUTES = (
    ("GET", r"/account-info/v3/details", show_account),
    ("POST", r"/oauth/v1/token", give_token),
    ("GET", r"/crm/v3/owners/?", list_owners),
    ("GET", r"/crm/v3/pipelines/deals", list_pipelines),
    ("GET", rf"/crm/v3/properties/{_KIND}", list_properties),
    ("GET", rf"/crm/v3/properties/{_KIND}/(?P<name>\w+)", show_property),
    ("GET", rf"/crm/v3/objects/{_KIND}", list_records),
    ("POST", rf"/crm/v3/objects/{_KIND}/search", search),
    ("POST", rf"/crm/v3/objects/{_KIND}/batch/read", read_batch),
    ("POST", rf"/crm/v3/objects/{_KIND}/batch/update", update_batch),
    ("POST", rf"/crm/v4/associations/{_KIND}/(?P<to>[a-z_]+)/batch/read", read_associations),
)


@contextmanager
def serve(portal: Portal) -> Iterator[Server]:
    """Run the fake on a free port of loopback."""
    server = Server(portal)
    http = _Http(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": server}))
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)
