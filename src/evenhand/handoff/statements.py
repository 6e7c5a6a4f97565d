"""The statement of every rep: what they are paid for deals that changed hands, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.handoff.figures import Figure, cents, count, day, rows_by
from evenhand.handoff.told import name_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenhand.book.book import Book


def write_statements(credit: pl.DataFrame, ledger: pl.DataFrame, book: Book) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield rep_id and facts of every rep who has a part in a deal, in the order of their ids.

    Parameters
    ----------
    credit
        Of `settle_credit`, or `settle_disputes`.
    ledger
        Of `write_ledger`: when each deal changed hands.
    book
        The newer book that shows what was won.
    """
    people, names = name_records(book.reps, "rep_id"), name_records(book.accounts, "account_id")
    amounts = dict(credit.group_by("opportunity_id").agg(pl.col("credit_cents").sum()).iter_rows())
    transfers = dict(ledger.select("opportunity_id", "transfers_on").iter_rows())
    partners: dict[str, list[str]] = {}
    for deal, rep in credit.select("opportunity_id", "rep_id").iter_rows():
        partners.setdefault(deal, []).append(rep)
    by_rep = rows_by(credit.filter(pl.col("rep_id").is_not_null()), "rep_id")
    for rep_id in sorted(by_rep):
        rows = by_rep[rep_id]
        yield (
            rep_id,
            {
                "to_name": people.get(rep_id, rep_id),
                "as_of": day(book.as_of, "the book"),
                "n_deals": count(len(rows), "credit.csv"),
                "total": cents(sum(row["credit_cents"] for row in rows), "credit.csv, sum"),
                "deals": [
                    {
                        "id": (deal := row["opportunity_id"]),
                        "account": names.get(row["account_id"], row["account_id"]),
                        "won_on": day(row["won_on"], f"opportunities, {deal}"),
                        "transferred_on": day(transfers[deal], f"ledger.csv, {deal}") if transfers[deal] else None,
                        "amount": cents(amounts[deal], f"opportunities, {deal}"),
                        "share": Figure(row["share"], "share", f"credit.csv, {deal}"),
                        "credit": cents(row["credit_cents"], f"credit.csv, {deal}"),
                        "with": " & ".join(people.get(one, one) for one in partners[deal] if one not in (rep_id, None)),
                        "why": row["why"],
                    }
                    for row in rows
                ],
            },
        )
