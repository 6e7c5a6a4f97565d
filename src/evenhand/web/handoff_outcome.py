"""What somebody sees of a handoff's follow-up."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.web.handoff_parts import list_accounts
from evenhand.wiring.following_up import WORDS, find_newer_book, read_followed

if TYPE_CHECKING:
    from evenhand.adapters.store.doors_of_handoffs import Scope
    from evenhand.adapters.store.models import Handoff

_ORDER = ("dropped", "late", "not moved", "waiting", "worked", "gone")
_MOST_ROWS = 500


def list_followed(handoff: Handoff, scope: Scope) -> pl.DataFrame | None:
    """Return what became of the accounts that somebody sees; None where no newer book is there.

    Notes
    -----
    A rep sees the accounts that came; those that left are somebody else's now.
    """
    book = find_newer_book(handoff)
    if book is None:
        return None
    followed = read_followed(handoff, book)
    if scope.whole:
        return followed
    if scope.team:
        return followed.filter(pl.col("account_id").is_in(list_accounts(handoff, scope)["account_id"].implode()))
    return followed.filter(pl.col("to_territory_id").is_in(sorted(scope.gaining)))


def look_after(handoff: Handoff, scope: Scope) -> dict[str, Any]:
    """Return what the page shows: the rounds, the accounts with what became of them, the tasks."""
    latest_on = dt.date.fromisoformat(handoff.summary["latest_on"])
    done = {row.after_days: row for row in handoff.follow_ups.select_related("book")}
    rounds = [
        {"after_days": days, "due_on": latest_on + dt.timedelta(days=days), "done": done.get(days)}
        for days in handoff.summary.get("follow_up_days", ())
    ]
    followed, places = list_followed(handoff, scope), handoff.summary.get("places", {})
    rows: list[dict[str, Any]] = []
    if followed is not None:
        rows = [
            row
            | {
                "words": WORDS.get(row["state"], row["state"]),
                "place": places.get(row["to_territory_id"], row["to_territory_id"]),
                "is_building": row["open_now_cents"] > row["open_before_cents"] or row["n_opened_since"] > 0,
            }
            for row in followed.iter_rows(named=True)
        ]
        rows.sort(key=lambda row: (_ORDER.index(row["state"]), row["account_id"]))
    seen = {row["account_id"] for row in rows}
    counts = [(WORDS[state], n) for state in _ORDER if (n := sum(row["state"] == state for row in rows))]
    return {
        "rounds": rounds,
        "book": find_newer_book(handoff),
        "rows": rows[:_MOST_ROWS],
        "n_rows": len(rows),
        "counts": counts,
        "n_building": sum(row["is_building"] for row in rows),
        "late": [row for row in handoff.late.all() if row.account_id in seen],
        "people": handoff.summary.get("people", {}),
    }
