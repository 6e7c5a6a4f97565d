"""The picture of a handoff: its phases day by day, and who introduces how much in each week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.handoff.figures import count, day
from evenhand.handoff.timeline import E_MAIL
from evenhand.handoff.told import name_places, name_records

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.handoff.told import Told


def chart_timeline(told: Told) -> dict[str, Any]:
    """Return what the page of the timeline shows.

    Notes
    -----
    A family is introduced once, and takes time of both of its reps; introductions by e-mail take nobody's. Phases are
    placed by their share of the days between the first and the last.
    """
    handoff, policy = told.handoff, told.policy.handoff
    span, rows = handoff.timeline.span, handoff.timeline.introductions
    people = name_records(told.book.reps, "rep_id")
    names, places = name_records(told.book.accounts, "account_id"), name_places(told)
    introduced, changed = pl.col("introduce_on"), pl.col("transfers_on")
    weeks = rows.group_by("week").agg(first=introduced.min(), last=introduced.max()).sort("week")
    phases = [
        ("conversations", span.starts_on, span.conversations_until),
        ("messages", span.told_on, span.told_on),
    ]
    if rows.height:
        ends = rows.select(a=introduced.min(), b=introduced.max(), c=changed.min(), d=changed.max()).row(0)
        phases += [("introductions", ends[0], ends[1]), ("transfers", ends[2], ends[3])]
    last_on = max(last for _, _, last in phases)
    spread = rows.join(
        handoff.moves.select("account_id", "from_territory_id", "to_territory_id"),
        on="account_id",
        maintain_order="left",
    )
    return {
        "starts_on": day(span.starts_on, "the timeline"),
        "most": count(policy.introductions_per_week, "the policy, handoff.introductions_per_week"),
        "n_accounts": count(rows.height, "moves.csv"),
        "phases": [_phase(name, first, last, span.starts_on, last_on) for name, first, last in phases],
        "weeks": [
            {"number": week, "first": day(first, "the timeline"), "last": day(last, "the timeline")}
            for week, first, last in weeks.iter_rows()
        ],
        "reps": _count_by_rep(rows, weeks["week"].to_list(), people, policy.introductions_per_week),
        "accounts": [
            {
                "name": names[row["account_id"]],
                "from": people.get(row["from_rep_id"], "") or places[row["from_territory_id"]],
                "to": people.get(row["to_rep_id"], "") or places[row["to_territory_id"]],
                "kind": row["kind"],
                "week": row["week"],
                "introduce_on": day(row["introduce_on"], "the timeline"),
                "transfers_on": day(row["transfers_on"], "the timeline"),
            }
            for row in spread.iter_rows(named=True)
        ],
    }


def _phase(name: str, first: dt.date, last: dt.date, start: dt.date, end: dt.date) -> dict[str, Any]:
    n_days = (end - start).days + 1
    return {
        "name": name,
        "first": day(first, "the timeline"),
        "last": day(last, "the timeline"),
        "at_percent": round(100 * (first - start).days / n_days, 2),
        "wide_percent": round(100 * ((last - first).days + 1) / n_days, 2),
    }


def _count_by_rep(rows: pl.DataFrame, weeks: list[int], people: dict[str, str], most: int) -> list[dict[str, Any]]:
    families = rows.unique(["unit_id", "from_rep_id", "to_rep_id"], keep="first", maintain_order=True)
    both = pl.concat(
        [
            families.select("week", "kind", "unit_id", rep_id="from_rep_id"),
            families.select("week", "kind", "unit_id", rep_id="to_rep_id"),
        ]
    )
    counted = (
        both.filter(pl.col("rep_id").is_not_null())
        .unique(["unit_id", "rep_id", "week", "kind"])
        .group_by("rep_id", "week")
        .agg(n_personal=(pl.col("kind") != E_MAIL).sum(), n_mails=(pl.col("kind") == E_MAIL).sum())
    )
    found = {(rep, week): (personal, mails) for rep, week, personal, mails in counted.iter_rows()}
    return [
        {
            "name": people.get(rep, rep),
            "weeks": [
                {
                    "n_personal": found.get((rep, week), (0, 0))[0],
                    "n_mails": found.get((rep, week), (0, 0))[1],
                    "full_percent": min(round(100 * found.get((rep, week), (0, 0))[0] / most), 100),
                }
                for week in weeks
            ],
        }
        for rep in sorted({rep for rep, _ in found}, key=lambda rep: (people.get(rep, rep), rep))
    ]
