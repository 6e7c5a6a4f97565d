"""Disputes about credit: what two people can't agree on, and what was decided of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.handoff.credit import CREDIT_SCHEMA, divide_credit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DECIDED = "as it was decided"
"""Why a rep has the part that a decision gives."""

DISPUTES_SCHEMA = {
    "opportunity_id": pl.String,
    "rep_id": pl.String,
    "raised_on": pl.Date,
    "reason": pl.String,
    "decided_on": pl.Date,
    "decided_by": pl.String,
    "share_from": pl.Float64,
    "answer": pl.String,
}


def check_disputes(disputes: pl.DataFrame, ledger: pl.DataFrame) -> None:
    """Say everything that is wrong with a list of disputes.

    Parameters
    ----------
    disputes
        See `DISPUTES_SCHEMA`: decided_on is null while it is open; share_from is the former rep's share that was
        decided, null where the rules stand.

    Raises
    ------
    InputError
        Naming each dispute that isn't raised by one of the two reps of a deal in the ledger with a reason, or that is
        decided by one of them, before it was raised, without an answer, or with a share that is none; and deals that
        are decided twice.
    """
    problems = dict(_find_problems(disputes, ledger))
    if problems:
        raise InputError(problems)


def settle_disputes(credit: pl.DataFrame, ledger: pl.DataFrame, disputes: pl.DataFrame) -> pl.DataFrame:
    """Put what was decided in the place of what the rules say.

    Parameters
    ----------
    credit
        Of `settle_credit`.
    ledger
        Of `write_ledger`, with the two reps of each deal.
    disputes
        See `check_disputes`.

    Returns
    -------
    pl.DataFrame
        Like `credit`. Of every deal the parts still add up to its amount, to the cent. What isn't decided yet, or was
        decided to stay, is as the rules say; of a deal that was decided twice the later decision counts. A decision on
        a deal of which only one rep is known gives that rep all of it.
    """
    parties = ledger.select("opportunity_id", "credit_from", "credit_to")
    decided = (
        disputes.filter(pl.col("decided_on").is_not_null(), pl.col("share_from").is_not_null())
        .sort("opportunity_id", "decided_on", "raised_on", "rep_id")
        .group_by("opportunity_id", maintain_order=True)
        .last()
        .select("opportunity_id", "share_from")
        .join(parties, on="opportunity_id")
        .with_columns(
            share_from=pl.when(pl.col("credit_to").is_null())
            .then(1.0)
            .when(pl.col("credit_from").is_null())
            .then(0.0)
            .otherwise("share_from"),
            why=pl.lit(DECIDED),
        )
    )
    deals = credit.group_by("opportunity_id", maintain_order=True).agg(
        pl.col("account_id", "won_on").first(), paid_cents=pl.col("credit_cents").sum()
    )
    kept = credit.join(decided, on="opportunity_id", how="anti")
    again = divide_credit(deals.join(decided, on="opportunity_id"))
    return pl.concat([kept, again]).sort("opportunity_id", maintain_order=True).select(*CREDIT_SCHEMA)


def _find_problems(disputes: pl.DataFrame, ledger: pl.DataFrame) -> Iterator[tuple[str, str]]:
    parties = {deal: {former, latter} - {None} for deal, former, latter in
               ledger.select("opportunity_id", "credit_from", "credit_to").iter_rows()}  # fmt: skip
    seen: set[str] = set()
    for number, row in enumerate(disputes.iter_rows(named=True), start=1):
        deal, where = row["opportunity_id"], f"dispute {number}"
        if deal not in parties:
            yield f"{where}, opportunity_id", f"{deal!r} is no deal of the handoff"
            continue
        if row["rep_id"] not in parties[deal]:
            of = " and ".join(sorted(parties[deal]))
            yield f"{where}, rep_id", f"{row['rep_id']!r} is none of the reps of {deal}: {of}"
        if row["raised_on"] is None:
            yield f"{where}, raised_on", "is missing; write a date like 2026-11-30"
        if not (row["reason"] or "").strip():
            yield f"{where}, reason", "is missing; say what is wrong with the credit"
        yield from ((f"{where}, {field}", said) for field, said in _find_flaws_of_decision(row, parties[deal]))
        if row["decided_on"] is not None and row["share_from"] is not None:
            if deal in seen:
                yield f"{where}, opportunity_id", f"{deal} is decided twice"
            seen.add(deal)


def _find_flaws_of_decision(row: Mapping[str, Any], parties: Collection[str]) -> Iterator[tuple[str, str]]:
    if row["decided_on"] is None:
        if row["share_from"] is not None:
            yield "decided_on", "is missing, though there is a share; say when it was decided"
        return
    if row["raised_on"] is not None and row["decided_on"] < row["raised_on"]:
        yield "decided_on", f"{row['decided_on']} is before it was raised"
    if not row["decided_by"] or row["decided_by"] in parties:
        yield "decided_by", "has to be somebody who isn't paid for the deal"
    if not (row["answer"] or "").strip():
        yield "answer", "is missing; say why"
    if row["share_from"] is not None and not 0 <= row["share_from"] <= 1:
        yield "share_from", f"{row['share_from']} is no share; write 0 to 1, for instance 0.5"
