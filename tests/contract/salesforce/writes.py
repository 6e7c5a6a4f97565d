"""How records are written: sObject collections over REST, and update() over SOAP for what only SOAP can say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tests.contract.salesforce.org import Org, OwnerChange, SaveError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.salesforce.server import Answer, Request, Server

MOST_RECORDS, MOST_READ, MOST_CHUNKS = 200, 2000, 10
SETUP = {"ObjectTerritory2AssignmentRule", "ObjectTerritory2AssignmentRuleItem", "Territory2", "Territory2Model"}
API = r"/services/data/v\d+\.\d"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
ENTERPRISE, PARTNER = "{urn:enterprise.soap.sforce.com}", "{urn:partner.soap.sforce.com}"
OBJECT = "{urn:sobject.partner.soap.sforce.com}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def add_routes(server: Server) -> None:
    """Add what writes records, and what reads some of them by id."""
    server.add("POST", API + "/composite/sobjects", create_records)
    server.add("PATCH", API + "/composite/sobjects", update_records)
    server.add("DELETE", API + "/composite/sobjects", delete_records)
    server.add("POST", API + r"/composite/sobjects/(?P<kind>\w+)", retrieve_records)
    server.add("POST", r"/services/Soap/u/\d+\.\d", update_by_soap)


def _save(org: Org, save: Callable[[], str], record_id: str | None = None) -> dict[str, Any]:
    try:
        done = save()
    except SaveError as error:
        problem = {"statusCode": error.code, "message": error.message, "fields": error.fields}
        return {**({"id": record_id} if record_id else {}), "success": False, "errors": [problem]}
    return {"id": done, "success": True, "errors": []}


def _records(request: Request) -> tuple[list[dict[str, Any]], Answer | None]:
    """https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html:
    up to 200 records, at most 10 chunks of one object each, setup objects apart, allOrNone false by default."""
    from tests.contract.salesforce.server import answer_error

    body = request.json()
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not records:
        return [], answer_error(400, "JSON_PARSER_ERROR", "records is required")
    if len(records) > MOST_RECORDS:
        return [], answer_error(
            400,
            "EXCEEDED_ID_LIMIT",
            f"record limit reached. cannot submit more than {MOST_RECORDS} records into this call",
        )
    kinds = [str(record.get("attributes", {}).get("type")) for record in records]
    if len([kind for kind, _ in groupby(kinds)]) > MOST_CHUNKS:
        return [], answer_error(400, "TOO_MANY_CHUNKS", "Cannot have more than 10 chunks in a single operation.")
    if len(set(kinds)) > 1 and SETUP & set(kinds):
        return [], answer_error(400, "MIXED_DML_OPERATION", "setup objects can't be combined with others")
    if body.get("allOrNone"):
        return [], answer_error(400, "NOT_IN_THIS_FAKE", "allOrNone is never sent")
    return records, None


def _with_rules(request: Request) -> bool:
    """https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.md: TRUE where it isn't said."""
    return request.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE"


def create_records(org: Org, request: Request) -> Answer:
    """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_create.htm"""
    from tests.contract.salesforce.server import answer_json

    records, wrong = _records(request)
    if wrong:
        return wrong
    results = []
    for record in records:
        kind = record.pop("attributes")["type"]
        results.append(_save(org, lambda kind=kind, record=record: org.insert(kind, record)))  # type: ignore[misc]
    return answer_json(results)


def update_records(org: Org, request: Request) -> Answer:
    """Update in the order listed; results in the same order."""
    from tests.contract.salesforce.server import answer_json

    records, wrong = _records(request)
    if wrong:
        return wrong
    results, rules = [], _with_rules(request)
    for record in records:
        kind, record_id = record.pop("attributes")["type"], str(record.pop("id", None) or record.pop("Id", ""))

        def save(kind: str = kind, record_id: str = record_id, record: dict[str, Any] = record) -> str:
            org.update(kind, record_id, record, with_rules=rules)
            return str(org.find_id(kind, record_id))

        results.append(_save(org, save, record_id))
    return answer_json(results)


def delete_records(org: Org, request: Request) -> Answer:
    """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_delete.htm"""
    from tests.contract.salesforce.server import answer_error, answer_json

    ids = [one for one in request.query.get("ids", "").split(",") if one]
    if not ids or len(ids) > MOST_RECORDS:
        return answer_error(400, "EXCEEDED_ID_LIMIT", f"between 1 and {MOST_RECORDS} ids")
    results = []
    for record_id in ids:
        kind = next((name for name, spec in org.kinds.items() if record_id.startswith(spec.prefix)), "")

        def save(kind: str = kind, record_id: str = record_id) -> str:
            if not kind:
                raise SaveError("MALFORMED_ID", f"malformed id {record_id}")
            org.delete(kind, record_id)
            return record_id

        results.append(_save(org, save, record_id))
    return answer_json(results)


def retrieve_records(org: Org, request: Request) -> Answer:
    """https://developer.salesforce.com/docs/atlas.en-us.258.0.api_rest.meta/api_rest/resources_composite_sobjects_collections_retrieve_post.htm:
    up to 2,000 of one object; null for an id that isn't there; 400 for a field that isn't there."""
    from tests.contract.salesforce.server import answer_error, answer_json

    kind = request.matched["kind"] if request.matched else ""
    if kind not in org.kinds:
        return answer_error(404, "NOT_FOUND", "The requested resource does not exist")
    body = request.json()
    ids, names = body["ids"], body["fields"]
    if len(ids) > MOST_READ:
        return answer_error(400, "EXCEEDED_ID_LIMIT", f"at most {MOST_READ} ids")
    unknown = [name for name in names if name not in org.kinds[kind].fields]
    if unknown:
        return answer_error(400, "INVALID_FIELD", f"No such column '{unknown[0]}' on entity '{kind}'")
    found = []
    with org.lock:
        for record_id in ids:
            row = org.tables[kind].get(org.find_id(kind, record_id) or "")
            if row is None or row["IsDeleted"]:
                found.append(None)
            else:
                found.append({"attributes": {"type": kind}, **{name: row[name] for name in {"Id", *names}}})
    return answer_json(found)


def update_by_soap(org: Org, request: Request) -> Answer:
    """https://developer.salesforce.com/docs/platform/api/guide/sforce-api-calls-update.md and its headers.

    OwnerChangeOptions: "all accounts must have the same old owner and the same new owner", else the operation fails
    (https://developer.salesforce.com/docs/platform/api/guide/sforce-api-header-ownerchangeoptions.html).
    AssignmentRuleHeader: territory rules only where it is said
    (https://developer.salesforce.com/docs/platform/api/guide/sforce-api-header-assignmentruleheader.md).
    """
    from tests.contract.salesforce.server import is_signed_in

    root = ET.fromstring(request.body)
    header, body = root.find(f"{SOAP}Header"), root.find(f"{SOAP}Body")
    token = header.findtext(f"{PARTNER}SessionHeader/{PARTNER}sessionId", "") if header is not None else ""
    if not is_signed_in(org, token):
        return _fault("INVALID_SESSION_ID", "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader")
    call = body.find(f"{PARTNER}update") if body is not None else None
    if call is None or header is None:
        return _fault("UNKNOWN_EXCEPTION", "no update() in the body")
    records = call.findall(f"{PARTNER}sObjects")
    if len(records) > MOST_RECORDS:
        return _fault("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST_RECORDS} records")
    said = {
        option.findtext(f"{PARTNER}type", ""): option.findtext(f"{PARTNER}execute") == "true"
        for option in header.findall(f"{PARTNER}OwnerChangeOptions/{PARTNER}options")
    }
    rules = header.findtext(f"{PARTNER}AssignmentRuleHeader/{PARTNER}useDefaultRule") == "true"
    plain = OwnerChange()
    options = OwnerChange(
        keep_account_team=said.get("KeepAccountTeam", plain.keep_account_team),
        keep_sales_team=said.get("KeepSalesTeam", plain.keep_sales_team),
        transfer_open_opportunities=said.get("TransferOwnedOpenOpportunities", plain.transfer_open_opportunities),
        transfer_contacts=said.get("TransferContacts", plain.transfer_contacts),
    )
    wanted = []
    for record in records:
        values = {child.tag.removeprefix(OBJECT): child.text for child in record}
        wanted.append((str(values.pop("type")), str(values.pop("Id")), values))
    pairs = {
        (org.tables["Account"].get(record_id, {}).get("OwnerId"), values["OwnerId"])
        for kind, record_id, values in wanted
        if kind == "Account" and "OwnerId" in values
    }
    if said and len(pairs) > 1:
        return _fault("UNKNOWN_EXCEPTION", "all accounts must have the same old owner and the same new owner")
    parts = []
    for kind, record_id, values in wanted:

        def save(kind: str = kind, record_id: str = record_id, values: dict[str, Any] = values) -> str:
            org.update(kind, record_id, values, options, with_rules=rules)
            return str(org.find_id(kind, record_id))

        parts.append(_result(_save(org, save, record_id)))
    return _envelope(f'<updateResponse xmlns="{PARTNER[1:-1]}">{"".join(parts)}</updateResponse>')


def _result(result: dict[str, Any]) -> str:
    errors = "".join(
        f"<errors><fields>{escape(','.join(one['fields']))}</fields><message>{escape(one['message'])}</message>"
        f"<statusCode>{one['statusCode']}</statusCode></errors>"
        for one in result["errors"]
    )
    named = f"<id>{escape(result['id'])}</id>" if result.get("id") else '<id xsi:nil="true"/>'
    return f"<result>{errors}{named}<success>{str(result['success']).lower()}</success></result>"


def _envelope(inside: str, status: int = 200) -> Answer:
    from tests.contract.salesforce.server import Answer

    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP[1:-1]}" '
        f'xmlns:xsi="{XSI[1:-1]}"><soapenv:Body>{inside}</soapenv:Body></soapenv:Envelope>'
    )
    return Answer(status, text.encode(), {"Content-Type": "text/xml;charset=UTF-8"})


def _fault(code: str, words: str) -> Answer:
    return _envelope(
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{escape(words)}</faultstring></soapenv:Fault>",
        500,
    )
