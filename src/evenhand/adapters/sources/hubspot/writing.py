"""Writing to a HubSpot account: owners of companies, contacts and deals each by itself, and the territory property."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from evenhand.adapters.sources.door import AnswerLostError
from evenhand.adapters.sources.hubspot.client import GOES_ON, RefusedError
from evenhand.adapters.sources.hubspot.foresight import foresee
from evenhand.adapters.sources.hubspot.lists import read_owners
from evenhand.adapters.sources.hubspot.objects import COMPANIES, CONTACTS, DEALS, NO_TERRITORY, OWNER
from evenhand.adapters.sources.hubspot.paging import Pages
from evenhand.adapters.sources.hubspot.records import as_text
from evenhand.adapters.sources.hubspot.session import SYSTEM
from evenhand.app.writing import DONE, Answered, LimitSpentError, Said
from evenhand.handoff.change_set import VENDORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from evenhand.adapters.sources.answer import Answer
    from evenhand.adapters.sources.hubspot.client import HubSpotClient
    from evenhand.app.records import Traffic
    from evenhand.foundation.findings import Finding
    from evenhand.handoff.change_set import Write

MOST_WRITTEN = 100
"""https://developers.hubspot.com/docs/api-reference/latest/crm/objects/companies/batch/update-companies"""
RESERVE_SHARE = 0.05
"""This share of the account's daily requests is left to the firm's other programs."""
_NAMES = {COMPANIES: ("name",), DEALS: ("dealname",), CONTACTS: ("firstname", "lastname")}
_CONTACT_ORDER = next(i for i, rule in enumerate(VENDORS["hubspot"]) if rule.object == "contact")
_NOT_ITSELF = {401, 403}
"""Statuses that refuse the program and no record of its."""


class HubSpotTarget:
    """An account whose records are changed; see `evenhand.app.ports.RecordTarget`.

    Parameters
    ----------
    client
        Signs in by itself and keeps to the limits.
    """

    system = SYSTEM
    vendor = "hubspot"

    def __init__(self, client: HubSpotClient) -> None:
        self._client, self._pages = client, Pages(client)
        own = client.settings.territory_property
        self.fields: Mapping[tuple[str, str], str] = {("account", "territory_id"): own}

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""
        return self._client.traffic

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None]]:
        """Return the present values of properties, by id."""
        found: dict[str, Mapping[str, str | None]] = {}
        for start in range(0, len(ids), MOST_WRITTEN):
            records, answer = self._pages.read(kind, ids[start : start + MOST_WRITTEN], fields)
            for record in records:
                properties = answer.get(record, "properties", dict)
                values = {name: as_text(properties.get(name)) or self._nothing(name) for name in fields}
                found[answer.get(record, "id", str)] = values
        return found

    def _nothing(self, name: str) -> str | None:
        return NO_TERRITORY if name == self._client.settings.territory_property else None

    # -- writing ---------------------------------------------------------------------------------------------------

    def batches(self, writes: Sequence[Write]) -> Iterator[Sequence[Write]]:
        """Cut writes into requests."""
        for start in range(0, len(writes), MOST_WRITTEN):
            yield writes[start : start + MOST_WRITTEN]

    def write(self, batch: Sequence[Write]) -> Sequence[Answered]:
        """Write one batch, once.

        Where HubSpot refuses a batch as a whole for the sake of one record, nothing of it was done; its halves are
        sent then, until the record stands alone.
        """
        self._check_reserve()
        try:
            return self._write(list(batch))
        except RefusedError as error:
            return [_refused(error.category, error.words)] * len(batch)

    def _write(self, batch: list[Write]) -> list[Answered]:
        inputs = [{"id": write.id, "properties": {write.field: self._sent(write)}} for write in batch]
        try:
            answer = self._client.call(
                "POST", "/crm/v3/objects/{kind}/batch/update", values={"kind": batch[0].object},
                json_body={"inputs": inputs}, is_safe=False,
            )  # fmt: skip
            if answer.is_ok:
                return _read_results(answer, batch)
        except AnswerLostError as error:
            return [Answered(Said.LOST, "", error.message)] * len(batch)
        try:
            self._client.refuse(answer)
        except RefusedError as error:
            if error.status in _NOT_ITSELF or len(batch) == 1:
                return [_refused(error.category, error.words)] * len(batch)
        half = len(batch) // 2
        return self._halve(batch[:half]) + self._halve(batch[half:])

    def _sent(self, write: Write) -> str:
        """Return what is sent: an empty text makes a property empty."""
        return "" if write.after is None or write.after == self._nothing(write.field) else write.after

    def _halve(self, part: list[Write]) -> list[Answered]:
        """Write a part; where the day's requests end in the middle, what was done before isn't forgotten."""
        try:
            return self._write(part)
        except LimitSpentError as error:
            return [Answered(Said.BUSY, "RATE_LIMITS", error.message)] * len(part)

    def _check_reserve(self) -> None:
        quota = self.traffic.quota
        if quota.n_used is None or not quota.n_allowed:
            return
        if quota.n_used >= quota.n_allowed * (1 - RESERVE_SHARE):
            words = f"{quota.n_used:,} of the account's {quota.n_allowed:,} requests of today are used"
            raise LimitSpentError(SYSTEM, f"{words}; the rest is left to the firm's other programs.", GOES_ON)

    # -- around ----------------------------------------------------------------------------------------------------

    def follow(self, writes: Sequence[Write]) -> Sequence[Write]:
        """Return the contacts of companies whose owner changes, as far as they have the same owner now.

        HubSpot leaves them where they are; a rep who gets a company needs its people too. A contact who has another
        owner than the company keeps them.
        """
        moving = {write.id: write for write in writes if (write.object, write.field) == (COMPANIES, OWNER)}
        of_company = self._pages.associated(COMPANIES, CONTACTS, sorted(moving))
        company_of: dict[str, str] = {}
        for company in sorted(of_company):
            for contact in of_company[company]:
                company_of.setdefault(contact, company)
        owners = self.read(CONTACTS, sorted(company_of), [OWNER])
        followed = []
        for contact, company in sorted(company_of.items()):
            write = moving[company]
            if write.before and owners.get(contact, {}).get(OWNER) == write.before:
                followed.append(replace(write, object=CONTACTS, id=contact, order=_CONTACT_ORDER, needs=write.key))
        return followed

    def foresee(self, writes: Sequence[Write]) -> Sequence[Finding]:
        """Return what would spoil the writes: new owners who are gone, and a property that can't hold the territory."""
        return foresee(self._client, writes)

    def watch(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return the owners of deals of these companies that aren't among the writes: they stay."""
        companies = sorted({write.id for write in writes if write.object == COMPANIES})
        among = {write.id for write in writes if write.object == DEALS}
        deals = {deal for found in self._pages.associated(COMPANIES, DEALS, companies).values() for deal in found}
        owners = self.read(DEALS, sorted(deals - among), [OWNER])
        return {f"Deal owner\t{deal}": values[OWNER] or "" for deal, values in sorted(owners.items())}

    def name(self, writes: Sequence[Write]) -> Mapping[str, str]:
        """Return names of the records, and of the owners in their values, as far as the day's requests go."""
        named: dict[str, str] = {}
        with suppress(LimitSpentError):
            self._name(writes, named)
        return named

    def _name(self, writes: Sequence[Write], named: dict[str, str]) -> None:
        for kind, properties in _NAMES.items():
            ids = sorted({write.id for write in writes if write.object == kind})
            for one, values in self.read(kind, ids, properties).items():
                if words := " ".join(value for value in values.values() if value):
                    named[one] = words
        if any(write.field == OWNER for write in writes):
            named |= {str(row["id"]): str(row["name"]) for row in read_owners(self._client)[1] if row["name"]}


def _read_results(answer: Answer, batch: list[Write]) -> list[Answered]:
    """Say what came of each write: 207 has results and errors, each error with the ids that it is about."""
    said = answer.json(dict)
    done = {answer.get(answer.check(one, dict, "a result"), "id", str) for one in answer.get(said, "results", list)}
    refused: dict[str, Answered] = {}
    for one in answer.find(said, "errors", list) or ():
        error = answer.check(one, dict, "an error")
        word = _refused(str(error.get("category") or "ERROR")[:80], str(error.get("message") or "")[:300])
        for ids in (answer.find(error, "context", dict) or {}).values():
            refused |= {str(one): word for one in (ids if isinstance(ids, list) else [ids])}
    lost = Answered(Said.LOST, "", "the answer doesn't say what came of this record")
    return [DONE if write.id in done else refused.get(write.id, lost) for write in batch]


_FIXES = {
    "OBJECT_NOT_FOUND": "the record was deleted or merged since the plan; sync again",
    "VALIDATION_ERROR": "see the property's rules and options in HubSpot, and whether the owner is still active",
    "MISSING_SCOPES": "give the app the scope to write this object",
}


def _refused(category: str, words: str) -> Answered:
    return Answered(Said.REFUSED, category, words, _FIXES.get(category, ""))
