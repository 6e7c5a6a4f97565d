"""The digest of a follow-up: what became of the accounts that changed hands, for each rep and their manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.handoff.figures import cents, count, day, rows_by
from evenhand.handoff.told import name_records

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from evenhand.book.book import Book

_COUNTED = {"worked": "worked", "waiting": "waiting", "late": "late", "dropped": "dropped", "not moved": "not_moved",
            "gone": "gone"}  # fmt: skip
_TO_DO = ("dropped", "late", "not moved")
"""What somebody has to do something about, the worst first."""


def write_digests(
    followed: pl.DataFrame, seats: pl.DataFrame, book: Book, moved_on: dt.date
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield to_id and facts of a digest for every rep with accounts that came, and for every manager of theirs.

    Parameters
    ----------
    followed
        Of `evenhand.measure.follow_up.follow_up`: account_id, name, to_territory_id, state, last_activity_on,
        open_before_cents, open_now_cents.
    seats
        Of `staff_seats`, on the day of the digest.
    book
        The newer book, from which the states are.
    moved_on
        The day on which accounts changed hands, from which the days are counted.

    Notes
    -----
    In the order of the ids, reps before managers. A seat without a rep is in its manager's digest alone.
    """
    people = name_records(book.reps, "rep_id")
    places = name_records(book.territories, "territory_id")
    by_seat = rows_by(followed.sort("account_id"), "to_territory_id")
    staffed = seats.filter(pl.col("territory_id").is_in(list(by_seat))).sort("territory_id")
    common = {
        "n_days": count((book.as_of - moved_on).days, "the day of the book less that of the transfer"),
        "as_of": day(book.as_of, "the book"),
        "moved_on": day(moved_on, "the timeline"),
    }
    for column, is_manager in (("rep_id", False), ("stand_in_id", True)):
        of = rows_by(staffed.filter(pl.col(column).is_not_null()).sort(column, "territory_id"), column)
        for to_id in sorted(of):
            accounts = [account for seat in of[to_id] for account in by_seat[seat["territory_id"]]]
            to_do = sorted(
                (account for account in accounts if account["state"] in _TO_DO),
                key=lambda account: (_TO_DO.index(account["state"]), account["account_id"]),
            )
            yield (
                to_id,
                common
                | _count(accounts, "follow-up")
                | {
                    "to_name": people.get(to_id, to_id),
                    "is_manager": is_manager,
                    "territory": places.get(of[to_id][0]["territory_id"], of[to_id][0]["territory_id"]),
                    "territories": [
                        {
                            "territory": places.get(seat["territory_id"], seat["territory_id"]),
                            "rep": people.get(seat["rep_id"], "") if seat["rep_id"] else "",
                            **_count(by_seat[seat["territory_id"]], f"follow-up, {seat['territory_id']}"),
                        }
                        for seat in of[to_id]
                    ],
                    "to_do": [_account(account, places) for account in to_do],
                },
            )


def _count(accounts: list[dict[str, Any]], source: str) -> dict[str, Any]:
    counted = {
        f"n_{name}": count(sum(account["state"] == state for account in accounts), f"{source} {state}")
        for state, name in _COUNTED.items()
    }
    return counted | {
        "n_moved": count(len(accounts), source),
        "open_before": cents(sum(account["open_before_cents"] for account in accounts), f"{source} open before"),
        "open_now": cents(sum(account["open_now_cents"] for account in accounts), f"{source} open now"),
    }


def _account(row: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    last = row["last_activity_on"]
    return {
        "id": row["account_id"],
        "name": row["name"] or row["account_id"],
        "territory": places.get(row["to_territory_id"], row["to_territory_id"]),
        "state": row["state"],
        "last_activity_on": day(last, f"activities of {row['account_id']}") if last is not None else None,
        "open_now": cents(row["open_now_cents"], f"opportunities, open, of {row['account_id']}"),
    }
