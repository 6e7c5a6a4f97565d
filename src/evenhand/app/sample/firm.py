"""Make a firm: its source tables, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from evenhand.app.sample.account_rows import account_ids, account_rows
from evenhand.app.sample.dirt import foreign_encodings, spoil
from evenhand.app.sample.event_rows import activity_rows, opportunity_rows, ownership_rows
from evenhand.app.sample.making import make_parts
from evenhand.app.sample.request import FirmRequest, check_request
from evenhand.app.sample.seat_rows import (
    coverage_rows,
    name_seats,
    people_rows,
    quota_rows,
    territory_rows,
    transfer_rows,
)
from evenhand.app.sample.stories import STORIES
from evenhand.app.sample.truth import truth_of

if TYPE_CHECKING:
    import polars as pl

    from evenhand.app.sample.making import Made
    from evenhand.app.sample.seat_rows import SeatNames


@dataclass(frozen=True)
class Firm:
    """A made firm.

    Attributes
    ----------
    request
        What was asked for.
    tables
        The source tables by name, with the columns of the interface in its order; amounts in units of the currency.
        A column with spoilt values is text.
    truth
        What the figures were made from, by name; see the reference page of the made firm.
    encodings
        The encoding of the tables whose file is not to be UTF-8; for a dirty firm only.
    """

    request: FirmRequest
    tables: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame | dict[str, Any]]
    encodings: dict[str, str] = field(default_factory=dict)


def make_firm(
    *,
    n_accounts: int = 5000,
    n_territories: int = 40,
    seed: int = 0,
    story: str = "drift",
    dirty: float = 0.0,
    as_of: date = date(2026, 9, 30),
    quarters: int = 8,
) -> Firm:
    """Make a software firm of the United States and Canada whose territories have drifted.

    Parameters
    ----------
    n_accounts, n_territories
        How large it is.
    seed
        The same seed and arguments give the same firm.
    story
        What has happened to it: drift, rep-left, new-hire, layoff, new-product or graduation.
    dirty
        Share of rows to spoil, 0 to 0.2.
    as_of
        The day of the export.
    quarters
        Completed quarters of history.

    Raises
    ------
    InputError
        Naming each argument out of range.
    """
    request = FirmRequest(n_accounts, n_territories, seed, story, dirty, as_of, quarters)
    check_request(request)
    plot = STORIES[story]
    made = make_parts(request, plot.empty_seats)
    names = name_seats(made)
    tables, truth = _clean_tables(made, names)
    tables, truth["story"] = plot.tell(made, names, tables)
    encodings: dict[str, str] = {}
    if dirty:
        encodings = foreign_encodings(tables)
        tables, truth["dirty_rows"] = spoil(tables, dirty, made.streams)
        truth["file_encodings"] = encodings
    return Firm(request, tables, truth, encodings)


def _clean_tables(made: Made, names: SeatNames) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    people = people_rows(made, names)
    accounts = account_ids(made.customers.n)
    tables = {
        "accounts": account_rows(made, names.seats),
        "territories": territory_rows(made, names),
        "reps": people.rows,
        "coverage": coverage_rows(made, names, people),
        "ownership": ownership_rows(made, accounts, names.seats),
        "opportunities": opportunity_rows(made, accounts, people.reps, people.managers),
        "activities": activity_rows(made, accounts, people.reps),
        "quotas": quota_rows(made, names),
        "transfer_requests": transfer_rows(made, people),
    }
    return tables, truth_of(made, names, people)
