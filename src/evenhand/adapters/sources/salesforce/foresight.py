"""What an org would do later that undoes or spoils a change set, found by reading before anything is written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from evenhand.adapters.sources.salesforce.asking import ask_rows, ask_rows_of, retrieve
from evenhand.adapters.sources.salesforce.criteria import matches
from evenhand.app.push.codes import CODES
from evenhand.diagnose.wording import say_count
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from evenhand.adapters.sources.salesforce.client import SalesforceClient
    from evenhand.handoff.change_set import Write

_SHOWN = 5
_RULE, _ITEM, _LINK = (
    "ObjectTerritory2AssignmentRule",
    "ObjectTerritory2AssignmentRuleItem",
    "RuleTerritory2Association",
)


def foresee(client: SalesforceClient, writes: Sequence[Write]) -> tuple[Finding, ...]:
    """Return what stands against these writes."""
    joins = [write for write in writes if write.object == "ObjectTerritory2Association" and write.after is not None]
    leaves = [write for write in writes if write.object == "ObjectTerritory2Association" and write.after is None]
    territories: dict[str, dict[str, Any]] = {}
    if joins or leaves:
        names = "Id, Name, ParentTerritory2Id, Territory2ModelId"
        territories = {str(row["Id"]): row for row in ask_rows(client, names, "Territory2")}
    return (
        *_owners(client, writes),
        *_models(client, joins, territories),
        *_rules(client, leaves, territories),
        *_filter(client, writes, [*joins, *leaves]),
    )


def _owners(client: SalesforceClient, writes: Sequence[Write]) -> Iterator[Finding]:
    new = {write.after for write in writes if write.field == "OwnerId" and write.after}
    rows = retrieve(client, "User", sorted(new), ["Name", "IsActive"]) if new else {}
    for one, row in sorted(rows.items()):
        if row.get("IsActive") is False:
            ids = [write.id for write in writes if write.field == "OwnerId" and write.after == one]
            words = f"{row.get('Name') or one} isn't active and is to own {say_count(len(ids), 'record')}: {_list(ids)}"
            yield _finding("PU205", "User", words, ids)


def _models(
    client: SalesforceClient, joins: Sequence[Write], territories: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    if not joins:
        return
    states = {str(row["Id"]): row for row in ask_rows(client, "Id, Name, State", "Territory2Model")}
    asleep: dict[str, list[str]] = defaultdict(list)
    for write in joins:
        territory = write.id.partition("|")[2]
        model = states.get(str(territories.get(territory, {}).get("Territory2ModelId")), {})
        if model and model.get("State") != "Active":
            asleep[str(model.get("Name"))].append(territory)
    for name, ids in sorted(asleep.items()):
        unique = sorted(set(ids))
        what = say_count(len(unique), "territory", "territories")
        yield _finding(
            "PU204", "Territory2Model", f"{what} of the model {name}, which isn't active: {_list(unique)}", unique
        )


def _rules(
    client: SalesforceClient, leaves: Sequence[Write], territories: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Find rules that put accounts back where they leave, their own and those inherited from the territories above."""
    if not leaves:
        return
    active = "IsActive = true AND ObjectType = 'Account'"
    rules = {str(row["Id"]): row for row in ask_rows(client, "Id, MasterLabel, BooleanFilter", _RULE, active)}
    if not rules:
        return
    items: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in ask_rows_of(client, "RuleId, SortOrder, Field, Operation, Value", _ITEM, "RuleId", rules):
        items[str(item["RuleId"])].append(item)
    links: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for link in ask_rows_of(client, "RuleId, Territory2Id, IsInherited", _LINK, "RuleId", rules):
        links[str(link["Territory2Id"])].append((str(link["RuleId"]), link["IsInherited"] in {True, "true"}))
    accounts = sorted({write.id.partition("|")[0] for write in leaves})
    fields = sorted({str(item["Field"]) for group in items.values() for item in group})
    values = retrieve(client, "Account", accounts, fields or ["Id"])
    names = "ObjectId, Territory2Id"
    excluded = {
        (str(row["ObjectId"]), str(row["Territory2Id"]))
        for row in ask_rows_of(client, names, "Territory2ObjectExclusion", "ObjectId", accounts)
    }
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for write in leaves:
        account, _, territory = write.id.partition("|")
        for rule in _of_territory(territory, links, territories):
            if (
                (account, territory) not in excluded
                and account in values
                and matches(values[account], items[rule], rules[rule].get("BooleanFilter"))
            ):
                found[rule, territory].append(account)
    for (rule, territory), ids in sorted(found.items()):
        place = territories.get(territory, {}).get("Name") or territory
        name, n = rules[rule].get("MasterLabel") or rule, say_count(len(ids), "account")
        yield _finding(
            "PU201", _RULE, f"the rule {name} puts {n} back into {place} when it runs next: {_list(ids)}", ids
        )


def _of_territory(
    territory: str, links: Mapping[str, list[tuple[str, bool]]], territories: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    yield from (rule for rule, _ in links.get(territory, ()))
    above = territories.get(territory, {}).get("ParentTerritory2Id")
    seen = {territory}
    while above and above not in seen:
        yield from (rule for rule, is_inherited in links.get(str(above), ()) if is_inherited)
        seen.add(above)
        above = territories.get(str(above), {}).get("ParentTerritory2Id")


def _filter(client: SalesforceClient, writes: Sequence[Write], placed: Sequence[Write]) -> Iterator[Finding]:
    accounts = {write.id.partition("|")[0] for write in placed}
    going = {write.id for write in writes if write.object == "Opportunity"}
    condition = "IsClosed = false AND Territory2Id != null AND IsExcludedFromTerritory2Filter = false"
    ids = [
        str(row["Id"])
        for row in ask_rows_of(client, "Id", "Opportunity", "AccountId", accounts, condition)
        if str(row["Id"]) not in going
    ]
    if ids:
        words = (
            f"{say_count(len(ids), 'open deal')} that stay for now may get the account's new territory: {_list(ids)}"
        )
        yield _finding("PU202", "Opportunity", words, ids)


def _list(ids: Iterable[str]) -> str:
    known = list(ids)
    return ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN:,} more" if len(known) > _SHOWN else "")


def _finding(code: str, subject: str, words: str, ids: list[str]) -> Finding:
    message = f"{words[0].upper()}{words[1:]}."
    return Finding(code, Severity.WARNING, subject, message, CODES[code].fix, {"ids": ids, "n": len(ids)})
