"""The brief on every account that moves: what its new rep has to know."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.book.still_open import STILL_OPEN
from evenhand.diagnose.families import find_families
from evenhand.handoff.figures import Figure, cents, count, day, rows_by
from evenhand.handoff.told import name_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.handoff.told import Told
    from evenhand.policy import Policy

_MOST_ROWS = 8
"""So many of the latest activities and closed deals are listed."""

_CONTACT, _NEXT_STEP = "contact", "next_step"
"""Further columns that briefs use where a source has them: of accounts those that begin so, of opportunities this."""


def write_briefs(told: Told, moves: pl.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield account_id and facts of every account that moves, in the order of introduction.

    Parameters
    ----------
    moves
        The plan's, with reason and evidence.

    Notes
    -----
    Risks are named from the records alone: a renewal that is due, nothing heard for long, little of what was bought in
    use, an executive relationship, an anchor account. Contacts are the further columns of the accounts whose names
    begin with ``contact``; what is next in a deal is the opportunities' further column ``next_step``.

    References
    ----------
    Policy entries ``handoff.brief_renewal_days``, ``handoff.brief_quiet_days``, ``handoff.brief_low_usage_share``.
    """
    book = told.book
    ids = moves["account_id"].implode()
    people = dict(book.reps.select("rep_id", pl.coalesce("name", "rep_id")).iter_rows())
    places = name_places(told)
    names = dict(book.accounts.select("account_id", pl.coalesce("name", "account_id")).iter_rows())
    accounts = {
        row["account_id"]: row for row in book.accounts.filter(pl.col("account_id").is_in(ids)).iter_rows(named=True)
    }
    family = book.active_accounts.select("account_id", "territory_id").join(
        find_families(book.accounts), on="account_id", how="left"
    )
    families = rows_by(family, "family_id")
    roots = dict(family.select("account_id", "family_id").iter_rows())
    deals = book.opportunities.filter(pl.col("account_id").is_in(ids))
    closed = rows_by(
        deals.filter(~STILL_OPEN).sort("closed_on", "opportunity_id", descending=[True, False]), "account_id"
    )
    ledger = rows_by(told.handoff.ledger, "account_id")
    activities = rows_by(
        book.activities.filter(pl.col("account_id").is_in(ids)).sort("happened_on", "kind", descending=[True, False]),
        "account_id",
    )
    owners = rows_by(book.ownership.filter(pl.col("account_id").is_in(ids)).sort("starts_on"), "account_id")
    contact_columns = [name for name in book.accounts.columns if name.startswith(_CONTACT)]
    next_steps = _read_next_steps(deals)
    moved = {row["account_id"]: row for row in moves.iter_rows(named=True)}
    for row in told.handoff.timeline.introductions.iter_rows(named=True):
        account_id = row["account_id"]
        account, move = accounts[account_id], moved[account_id]
        source = f"accounts, {account_id}"
        open_deals = [_deal(deal, people, next_steps) for deal in ledger.get(account_id, ())]
        yield (
            account_id,
            {
                "id": account_id,
                "name": names[account_id],
                "segment": account["segment"],
                "vertical": account["vertical"],
                "region": account["region"],
                "country": account["country"],
                "employees": count(account["employees"], source) if account["employees"] is not None else None,
                "potential": Figure(move.get("potential"), "number", source)
                if move.get("potential") is not None
                else None,
                "from_territory": places[move["from_territory_id"]],
                "to_territory": places[move["to_territory_id"]],
                "from_rep": people.get(row["from_rep_id"]) if row["from_rep_id"] else None,
                "to_rep": people.get(row["to_rep_id"]) if row["to_rep_id"] else None,
                "grade": move["grade"],
                "reason": move["reason"],
                "evidence": move["evidence"],
                "introduction": row["kind"],
                "introduce_on": day(row["introduce_on"], "the timeline"),
                "transfers_on": day(row["transfers_on"], "the timeline"),
                "deals": open_deals,
                "closed": [_closed(deal) for deal in closed.get(account_id, ())[:_MOST_ROWS]],
                "n_closed": count(len(closed.get(account_id, ())), f"opportunities of {account_id}, closed"),
                "activities": [
                    {
                        "on": day(activity["happened_on"], f"activities of {account_id}"),
                        "kind": activity["kind"] or "",
                        "rep": people.get(activity["rep_id"], ""),
                    }
                    for activity in activities.get(account_id, ())[:_MOST_ROWS]
                ],
                "owners": [
                    {
                        "territory": places.get(owner["territory_id"], owner["territory_id"]),
                        "from": day(owner["starts_on"], f"ownership of {account_id}"),
                        "until": day(owner["ends_on"], f"ownership of {account_id}") if owner["ends_on"] else None,
                    }
                    for owner in owners.get(account_id, ())
                ],
                "family": [
                    {"name": names[member["account_id"]], "territory": places.get(member["territory_id"], "")}
                    for member in families.get(roots.get(account_id), ())
                    if member["account_id"] != account_id
                ],
                "contacts": [
                    {"what": name.replace("_", " "), "value": str(account[name])}
                    for name in contact_columns
                    if account[name] not in (None, "")
                ],
                "risks": list(_risks(account, open_deals, told.book.as_of, told.policy)),
            },
        )


def _risks(
    account: Mapping[str, Any], deals: list[dict[str, Any]], as_of: dt.date, policy: Policy
) -> Iterator[dict[str, Any]]:
    handoff = policy.handoff
    source = f"accounts, {account['account_id']}"
    for deal in deals:
        due = deal["expected_on"]
        if deal["type"] == "renewal" and due and due.value <= as_of + dt.timedelta(days=handoff.brief_renewal_days):
            yield {"what": "renewal", "figure": due, "id": deal["id"]}
    last = account["last_activity_on"]
    if last is not None and (as_of - last).days > handoff.brief_quiet_days:
        yield {"what": "quiet", "figure": day(last, source)}
    usage = account["product_usage"]
    if usage is not None and usage < handoff.brief_low_usage_share:
        yield {"what": "little use", "figure": Figure(usage, "share", source)}
    if account["executive_relationship"]:
        yield {"what": "executive relationship", "figure": None}
    if account["anchor"]:
        yield {"what": "anchor account", "figure": None}


def _read_next_steps(deals: pl.DataFrame) -> dict[str, str]:
    if _NEXT_STEP not in deals.columns:
        return {}
    said = deals.select("opportunity_id", pl.col(_NEXT_STEP).cast(pl.String)).drop_nulls()
    return dict(said.iter_rows())


def _deal(row: Mapping[str, Any], people: Mapping[str, str], next_steps: Mapping[str, str]) -> dict[str, Any]:
    source = f"ledger.csv, {row['opportunity_id']}"
    return {
        "id": row["opportunity_id"],
        "type": row["type"] or "",
        "stage": row["stage_number"],
        "amount": cents(row["amount_cents"] or 0, source),
        "expected_on": day(row["expected_close_on"], source) if row["expected_close_on"] else None,
        "owner": people.get(row["credit_from"], "") if row["credit_from"] else "",
        "why": row["why"],
        "next_step": next_steps.get(row["opportunity_id"], ""),
        "transfers_on": day(row["transfers_on"], source) if row["transfers_on"] else None,
    }


def _closed(row: Mapping[str, Any]) -> dict[str, Any]:
    source = f"opportunities, {row['opportunity_id']}"
    return {
        "id": row["opportunity_id"],
        "type": row["type"] or "",
        "amount": cents(row["amount_cents"] or 0, source),
        "on": day(row["closed_on"], source) if row["closed_on"] else None,
        "is_won": bool(row["is_won"]),
    }
