"""From a handoff's folder and a newer book to who is paid what."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.app.handoff import MARKER, name_file
from evenhand.foundation.errors import InputError
from evenhand.handoff.credit import settle_credit, state_credit
from evenhand.handoff.disputes import DISPUTES_SCHEMA, check_disputes, settle_disputes
from evenhand.handoff.ledger import LEDGER_SCHEMA
from evenhand.handoff.statements import write_statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.app.ports import Outside

CREDIT_MARKER = "credit.json"
"""The file that shows that a folder holds statements."""


@dataclass(frozen=True, eq=False)
class Credited:
    """Who is paid what.

    Attributes
    ----------
    credit
        See `evenhand.handoff.credit.CREDIT_SCHEMA`.
    statements
        rep_id, n_deals, credit_cents.
    n_open
        Deals of the ledger that the book doesn't show as won.
    n_undecided
        Disputes without a decision.
    """

    credit: pl.DataFrame
    statements: pl.DataFrame
    as_of: dt.date
    currency: str
    n_open: int
    n_undecided: int


def credit_deals(
    outside: Outside,
    handoff_folder: Path,
    book_folder: Path,
    *,
    disputes: Path | None = None,
    to: Path | None = None,
    templates: Path | None = None,
    locale: str = "en_US",
    replace: bool = False,
) -> Credited:
    """Work out who is paid what for the deals of a handoff that a newer book shows as won.

    Parameters
    ----------
    disputes
        A CSV file of the columns of `DISPUTES_SCHEMA`.
    to
        Folder for ``credit.csv`` and a statement for each rep; None: nothing is written.

    Raises
    ------
    InputError
        If the folder has no handoff, the book is older than it or in another currency, or a dispute is wrong.
    """
    if to is not None:
        outside.check_target(to, CREDIT_MARKER, replace)
    summary = json.loads(outside.read_text(handoff_folder / MARKER))
    ledger = _read_table(outside, handoff_folder / "ledger.csv", LEDGER_SCHEMA)
    book = outside.read_book(book_folder)
    _check_book(summary, book.as_of, book.currency, book_folder)
    credit, n_undecided = settle_credit(ledger, book), 0
    if disputes is not None:
        raised = _read_table(outside, disputes, DISPUTES_SCHEMA)
        check_disputes(raised, ledger)
        credit, n_undecided = settle_disputes(credit, ledger, raised), raised["decided_on"].null_count()
    n_open = ledger.height - credit["opportunity_id"].n_unique()
    made = Credited(credit, state_credit(credit), book.as_of, book.currency, n_open, n_undecided)
    if to is not None:
        press = outside.open_press(
            book.currency, locale, outside.read_templates(templates) if templates is not None else {}
        )
        content = {"credit.csv": credit.write_csv().encode(), CREDIT_MARKER: _summarise(made, summary)}
        for rep_id, facts in write_statements(credit, ledger, book):
            content[f"statements/{name_file(rep_id)}.html"] = press.html("statement", facts)
        outside.write_files(to, content, marker=CREDIT_MARKER, replace=replace)
    return made


def _check_book(summary: Mapping[str, Any], as_of: dt.date, currency: str, folder: Path) -> None:
    starts_on = dt.date.fromisoformat(summary["starts_on"])
    if as_of < starts_on:
        raise InputError({str(folder): f"is of {as_of}, before the handoff starts on {starts_on}; take a newer book"})
    if summary.get("currency", currency) != currency:
        raise InputError({str(folder): f"is in {currency}, the handoff in {summary['currency']}"})


def _read_table(outside: Outside, path: Path, schema: Mapping[str, Any]) -> pl.DataFrame:
    text = outside.read_text(path)
    try:
        frame = pl.read_csv(io.StringIO(text), infer_schema=False)
        missing = [name for name in schema if name not in frame.columns]
        if not missing:
            return frame.select(
                pl.col(name).str.to_date() if kind == pl.Date else pl.col(name).cast(kind)
                for name, kind in schema.items()
            )
    except pl.exceptions.PolarsError as error:
        raise InputError({str(path): str(error).partition("\n")[0]}) from None
    raise InputError({str(path): f"has no column {', '.join(missing)}"})


def _summarise(made: Credited, summary: Mapping[str, Any]) -> bytes:
    values = {
        "hashes": summary.get("hashes"),
        "as_of": made.as_of.isoformat(),
        "currency": made.currency,
        "n_deals": made.credit["opportunity_id"].n_unique(),
        "n_open": made.n_open,
        "n_undecided": made.n_undecided,
    }
    return (json.dumps(values, indent=2) + "\n").encode()
