"""Writing to a Salesforce org: what an org does of its own accord when a record changes is told not to happen.

Owners go over SOAP, which alone can keep teams; associations are made and deleted, as they have no update; quotas keep
their territory and change their amount. Assignment rules are never run.
"""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.door import AnswerLostError
from evenhand.adapters.sources.salesforce.asking import ask_rows_of, is_id, retrieve
from evenhand.adapters.sources.salesforce.client import RefusedError, SalesforceClient
from evenhand.adapters.sources.salesforce.foresight import foresee
from evenhand.adapters.sources.salesforce.saying import read_word
from evenhand.adapters.sources.salesforce.session import SYSTEM, read_settings
from evenhand.adapters.sources.salesforce.soap import FaultError, read_results, write_update
from evenhand.app.writing import Answered, LimitSpentError, Said
from evenhand.foundation.errors import SourceError
from evenhand.handoff.change_set import PRESENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.adapters.sources.answer import Answer
    from evenhand.app.records import Traffic
    from evenhand.foundation.findings import Finding
    from evenhand.foundation.secret import Secret
    from evenhand.handoff.change_set import Write

MOST_WRITTEN = 200
"""https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-sobjects-collections-update.html"""
RESERVE_SHARE = 0.05
"""This share of the org's daily requests is left to the firm's other programs."""
_QUIET = {"Sforce-Auto-Assign": "FALSE"}
"""Else territory rules run on every account that is updated:
https://developer.salesforce.com/docs/platform/api-rest/guide/headers-autoassign.md"""
_ASSOCIATION, _QUOTA = "ObjectTerritory2Association", "ForecastingQuota"
_SHORT = 15
_OUT = frozenset({"REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR"})
_NOTHING_DONE = frozenset({"INVALID_SESSION_ID", "SERVER_UNAVAILABLE", "API_CURRENTLY_DISABLED"})
_PREFIXES = {"001": "Account", "005": "User", "006": "Opportunity", "0MI": "Territory2"}


class SalesforceTarget:
    """An org whose records are changed; see `evenhand.app.ports.RecordTarget`.

    Parameters
    ----------
    client
        Signs in by itself.
    reserve_share
        See `RESERVE_SHARE`.
    """

    system = SYSTEM
    vendor = "salesforce"

    def __init__(self, client: SalesforceClient, *, reserve_share: float = RESERVE_SHARE) -> None:
        self._client, self._reserve_share = client, reserve_share
        self._ids: dict[str, str] = {}
        self.fields: Mapping[tuple[str, str], str] = {}

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""
        return self._client.traffic

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None]]:
        """Return the present values of fields, by id as it was asked for."""
        with _limits():
            if kind == _ASSOCIATION:
                return self._read_associations(ids)
            if kind == _QUOTA:
                return self._read_quotas(ids)
            return self._read_records(kind, ids, fields)

    def _read_records(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Mapping[str, str | None]]:
        try:
            rows = retrieve(self._client, kind, ids, fields)
        except RefusedError as error:
            # An org without Sales Territories has no such field, and so nothing to change in it.
            if error.code != "INVALID_FIELD" or "Territory2Id" not in fields:
                raise
            known = [name for name in fields if name != "Territory2Id"]
            rows = retrieve(self._client, kind, ids, known or ["Id"])
        # Reports give ids of 15 characters; where the record's id is one, so are those it holds.
        return {
            one: {name: _text(row.get(name), is_short=len(one) == _SHORT) for name in fields}
            for one, row in rows.items()
        }

    def _read_associations(self, ids: Sequence[str]) -> dict[str, Mapping[str, str | None]]:
        accounts = {one.partition("|")[0] for one in ids}
        rows = ask_rows_of(self._client, "Id, ObjectId, Territory2Id", _ASSOCIATION, "ObjectId", accounts)
        there = {f"{row['ObjectId'][:_SHORT]}|{row['Territory2Id'][:_SHORT]}": str(row["Id"]) for row in rows}
        found: dict[str, Mapping[str, str | None]] = {}
        for one in ids:
            account, _, territory = one.partition("|")
            known = there.get(f"{account[:_SHORT]}|{territory[:_SHORT]}")
            self._ids.pop(one, None)
            if known is not None:
                self._ids[one] = known
            found[one] = {"exists": None if known is None else PRESENT}
        return found

    def _read_quotas(self, ids: Sequence[str]) -> dict[str, Mapping[str, str | None]]:
        found: dict[str, Mapping[str, str | None]] = {}
        by_day: dict[str, dict[str, str]] = {}
        for one in ids:
            territory, _, day = one.partition("|")
            by_day.setdefault(day, {})[territory[:_SHORT]] = one
        for day, wanted in sorted(by_day.items()):
            territories = [one.partition("|")[0] for one in wanted.values()]
            rows = list(ask_rows_of(
                self._client, "Id, Territory2Id, QuotaAmount", _QUOTA, "Territory2Id", territories,
                f"StartDate = {day} AND IsAmount = true",
            ))  # fmt: skip
            of_territory: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                of_territory.setdefault(str(row["Territory2Id"])[:_SHORT], []).append(row)
            for short, one in wanted.items():
                mine = of_territory.get(short, [])
                if len(mine) == 1:  # of several, one for each forecast type, nobody can say which is meant
                    self._ids[one] = str(mine[0]["Id"])
                    found[one] = {"QuotaAmount": _amount(mine[0]["QuotaAmount"])}
        return found

    # -- writing ---------------------------------------------------------------------------------------------------

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Cut writes into requests; accounts by their old and new owner, as OwnerChangeOptions demand."""
        if writes and (writes[0].object, writes[0].field) == ("Account", "OwnerId"):
            by_owners = sorted(writes, key=lambda write: (write.before or "", write.after or "", write.id))
            groups = [list(part) for _, part in groupby(by_owners, key=lambda write: (write.before, write.after))]
        else:
            groups = [list(writes)]
        for group in groups:
            for start in range(0, len(group), MOST_WRITTEN):
                yield group[start : start + MOST_WRITTEN]

    def write(self, batch: Sequence[Write]) -> Sequence[Answered]:
        """Write one batch, once."""
        self._check_reserve()
        first = batch[0]
        with _limits():
            try:
                if first.field == "OwnerId":
                    return self._write_owners(batch)
                if first.object == _ASSOCIATION:
                    return self._join(batch) if first.after is not None else self._leave(batch)
                return self._update(batch)
            except AnswerLostError as error:
                return [Answered(Said.LOST, "", error.message)] * len(batch)
            except RefusedError as error:
                if error.code in _OUT:
                    raise
                return [read_word(False, error.code, error.message)] * len(batch)

    def _update(self, batch: Sequence[Write]) -> list[Answered]:
        records = [
            {
                "attributes": {"type": write.object},
                "id": self._ids.get(write.id, write.id),
                write.field: float(write.after) if write.object == _QUOTA and write.after else write.after,
            }
            for write in batch
        ]
        return self._save("PATCH", records)

    def _join(self, batch: Sequence[Write]) -> list[Answered]:
        records = [
            {
                "attributes": {"type": _ASSOCIATION},
                "ObjectId": write.id.partition("|")[0],
                "Territory2Id": write.id.partition("|")[2],
                "AssociationCause": "Territory2Manual",
            }
            for write in batch
        ]
        return self._save("POST", records)

    def _leave(self, batch: Sequence[Write]) -> list[Answered]:
        ids = ",".join(self._ids[write.id] for write in batch)
        answer = self._client.ask(
            "DELETE", "/composite/sobjects", query={"ids": ids, "allOrNone": "false"}, headers=_QUIET
        )
        return _results(answer, len(batch))

    def _save(self, method: str, records: list[dict[str, Any]]) -> list[Answered]:
        body = {"allOrNone": False, "records": records}
        answer = self._client.ask(method, "/composite/sobjects", json_body=body, headers=_QUIET)
        return _results(answer, len(records))

    def _write_owners(self, batch: Sequence[Write]) -> list[Answered]:
        version = self._client.settings.version.removeprefix("v")
        changes = [(write.id, write.after or "") for write in batch]
        for attempt in (1, 2):
            body = write_update(self._client.session().token, batch[0].object, changes)
            answer = self._client.send(
                "POST", "/services/Soap/u/{version}", values={"version": version}, body=body,
                headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}, answers={500},
            )  # fmt: skip
            try:
                results = read_results(answer.body)
            except FaultError as fault:
                if fault.code == "INVALID_SESSION_ID" and attempt == 1:
                    self._client.sign_out()  # surely nothing was done: once more with a new session
                    continue
                return self._fault(fault, len(batch))
            except SourceError as error:
                return [Answered(Said.LOST, "", error.message)] * len(batch)
            if len(results) != len(batch):
                return [Answered(Said.LOST, "", "the answer has another number of results")] * len(batch)
            return [read_word(*result) for result in results]
        raise AssertionError("the second attempt returns")

    def _fault(self, fault: FaultError, n: int) -> list[Answered]:
        if fault.code in _OUT:
            raise RefusedError(fault.code, fault.words, transient=True)
        said = Said.BUSY if fault.code in _NOTHING_DONE else Said.LOST
        return [Answered(said, fault.code, fault.words)] * n

    def _check_reserve(self) -> None:
        quota = self.traffic.quota
        if quota.n_used is None or not quota.n_allowed:
            return
        if quota.n_used >= quota.n_allowed * (1 - self._reserve_share):
            words = f"{quota.n_used:,} of the org's {quota.n_allowed:,} requests of the last 24 hours are used"
            raise LimitSpentError(SYSTEM, f"{words}; the rest is left to the firm's other programs.", _GOES_ON)

    # -- around ----------------------------------------------------------------------------------------------------

    def follow(self, writes: Sequence[Write]) -> Sequence[Write]:  # noqa: ARG002 - as the port has it
        """Return nothing: contacts, cases and activities stay with who has them."""
        return ()

    def foresee(self, writes: Sequence[Write]) -> Sequence[Finding]:
        """Return rules, filters, models and owners that would undo or spoil the writes."""
        with _limits():
            return foresee(self._client, writes)

    def watch(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return the teams, and the owners of open deals that aren't among the writes."""
        accounts = {write.id.partition("|")[0] for write in writes if write.object in {"Account", _ASSOCIATION}}
        deals = {write.id for write in writes if write.object == "Opportunity"}
        short = {one[:_SHORT] for one in deals}
        seen: dict[str, str] = {}
        with _limits():
            for kind, what, field, ids in (
                ("AccountTeamMember", "member of an account team", "AccountId", accounts),
                ("OpportunityTeamMember", "member of a deal team", "OpportunityId", deals),
            ):
                for row in ask_rows_of(self._client, f"{field}, UserId, TeamMemberRole", kind, field, ids):
                    seen[f"{what}\t{row[field]} {row['UserId']}"] = str(row["TeamMemberRole"] or "")
            rows = ask_rows_of(self._client, "Id, OwnerId", "Opportunity", "AccountId", accounts, "IsClosed = false")
            for row in rows:
                if str(row["Id"])[:_SHORT] not in short:
                    seen[f"owner of a deal that stays\t{row['Id']}"] = str(row["OwnerId"])
        return seen

    def name(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return the names of accounts, deals, people and territories."""
        ids: dict[str, set[str]] = {}
        for write in writes:
            for text in (*write.id.split("|"), write.before or "", write.after or ""):
                kind = _PREFIXES.get(text[:3])
                if kind is not None and is_id(text):
                    ids.setdefault(kind, set()).add(text)
        named: dict[str, str] = {}
        with _limits():
            for kind, known in sorted(ids.items()):
                rows = retrieve(self._client, kind, sorted(known), ["Name"])
                named |= {one: str(row["Name"]) for one, row in rows.items() if row.get("Name")}
        return named


_GOES_ON = "Salesforce counts the last 24 hours; run the same with --resume when some have passed."


@contextmanager
def _limits() -> Iterator[None]:
    """Turn the org's word that its requests are used up into the port's."""
    try:
        yield
    except RefusedError as error:
        if error.code not in _OUT:
            raise
        raise LimitSpentError(SYSTEM, "the org's requests of the last 24 hours are used up.", _GOES_ON) from None


def open_target(said: Mapping[str, str], secrets: Mapping[str, Secret]) -> SalesforceTarget:
    """Return an org as a target of changes."""
    return SalesforceTarget(SalesforceClient(read_settings(said, secrets)))


def _results(answer: Answer, n: int) -> list[Answered]:
    rows = answer.json(list)
    if len(rows) != n:
        return [Answered(Said.LOST, "", "the answer has another number of results")] * n
    found = []
    for row in rows:
        result = answer.check(row, dict, "a result")
        errors = answer.find(result, "errors", list) or []
        first = answer.check(errors[0], dict, "an error") if errors else {}
        words = " ".join(str(first.get("message") or "").split())[:300]
        found.append(read_word(result.get("success") is True, str(first.get("statusCode") or "")[:80], words))
    return found


def _text(value: Any, *, is_short: bool) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    return text[:_SHORT] if is_short and is_id(text) else text


def _amount(value: Any) -> str | None:
    return None if value is None else str(Decimal(str(value)).quantize(Decimal("0.01")))
