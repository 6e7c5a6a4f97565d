"""The tables of a book and their columns: what a source may bring, and what it means.

This table of columns is the one place that names them; admitting, the documentation and the made firm follow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a column holds, and so how its text is read and in which type the book keeps it."""

    ID = "id"
    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"


DTYPES: Mapping[Kind, pl.DataType] = MappingProxyType(
    {
        Kind.ID: pl.String(),
        Kind.TEXT: pl.String(),
        Kind.DATE: pl.Date(),
        Kind.MONEY: pl.Int64(),
        Kind.NUMBER: pl.Float64(),
        Kind.COUNT: pl.Int64(),
        Kind.FLAG: pl.Boolean(),
    }
)


@dataclass(frozen=True)
class Column:
    """A column of a source's table.

    Attributes
    ----------
    name
        As the source spells it.
    kind
        How it is read. Money is in units of the currency in a source and in integer cents in a book.
    text
        What it means, its unit, and what null means.
    required
        True where a row without it is rejected.
    low, high
        The range allowed, both ends included; None for no limit.
    allowed
        The values allowed; empty for any.
    refers_to
        The table whose key it names, or None.
    """

    name: str
    kind: Kind
    text: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    refers_to: str | None = None

    @property
    def book_name(self) -> str:
        """The name in a book: money carries its unit."""
        return f"{self.name}_cents" if self.kind is Kind.MONEY else self.name

    @property
    def dtype(self) -> pl.DataType:
        """The type in a book."""
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """A table: its columns, its key and its spans of dates.

    Attributes
    ----------
    key
        The columns that name a row once; empty where rows may repeat.
    spans
        Pairs of date columns of which the first may not come after the second.
    required
        True where a source without the table is refused.
    needed_for
        What is switched off where the table is missing, in words.
    """

    name: str
    text: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    required: bool = False
    needed_for: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that source name; KeyError where there is none."""
        return next(column for column in self.columns if name == column.name)

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The book's column names and types, in order."""
        return {column.book_name: column.dtype for column in self.columns}


MOST_MONEY = 1e12
"""Units of currency; a larger amount in one row is taken for a mistake."""

OPPORTUNITY_TYPES = ("new", "renewal", "expansion")


def _id(name: str, text: str, refers_to: str | None = None, *, required: bool = False) -> Column:
    return Column(name, Kind.ID, text, required, refers_to=refers_to)


ACCOUNTS = Table(
    "accounts",
    "One row for each account: who it is and which territory it is in.",
    (
        _id("account_id", "The account.", required=True),
        _id("territory_id", "The territory it is in.", "territories", required=True),
        Column("name", Kind.TEXT, "Its name."),
        _id("parent_account_id", "The account it belongs to; the family moves as one. Null: none.", "accounts"),
        Column("segment", Kind.TEXT, "Segment, as the firm names it (for instance enterprise)."),
        Column("vertical", Kind.TEXT, "Industry."),
        Column("country", Kind.TEXT, "Country."),
        Column("region", Kind.TEXT, "Region or state."),
        Column("postal_code", Kind.TEXT, "Postal code."),
        Column("latitude", Kind.NUMBER, "Degrees north.", low=-90, high=90),
        Column("longitude", Kind.NUMBER, "Degrees east.", low=-180, high=180),
        Column("time_zone", Kind.TEXT, "Time zone, for instance America/New_York."),
        Column("language", Kind.TEXT, "Language it is served in."),
        Column("employees", Kind.COUNT, "Number of employees.", low=0, high=5_000_000),
        Column("annual_revenue", Kind.MONEY, "The customer's own revenue a year.", low=0, high=MOST_MONEY),
        Column(
            "potential",
            Kind.NUMBER,
            "Revenue potential, any one unit throughout. Null: it is scored.",
            low=0,
            high=MOST_MONEY,
        ),
        Column(
            "workload_hours",
            Kind.NUMBER,
            "Hours a year it needs. Null: computed from tier, travel and open work.",
            low=0,
            high=8760,
        ),
        Column("tier", Kind.TEXT, "Service tier (for instance A, B, C); sets the call frequency."),
        Column("fits_icp", Kind.FLAG, "Fits the ideal customer profile."),
        Column("in_buying_cycle", Kind.FLAG, "Is in an active buying cycle."),
        Column("expansion_potential", Kind.NUMBER, "Room to expand, 0 to 1.", low=0, high=1),
        Column("product_usage", Kind.NUMBER, "Share of what was bought that is in use, 0 to 1.", low=0, high=1),
        Column("executive_relationship", Kind.FLAG, "An executive of ours holds the relationship."),
        Column("anchor", Kind.FLAG, "A manager has named it an anchor account."),
        Column("locked", Kind.FLAG, "Must stay where it is."),
        Column("created_on", Kind.DATE, "When it became an account."),
        Column("churned_on", Kind.DATE, "When it was lost. Null: it is active."),
        Column("last_activity_on", Kind.DATE, "Last activity of any kind."),
    ),
    key=("account_id",),
    spans=(("created_on", "churned_on"), ("created_on", "last_activity_on")),
    required=True,
)

TERRITORIES = Table(
    "territories",
    "One row for each territory, and for each group of territories that figures roll up to.",
    (
        _id("territory_id", "The territory.", required=True),
        Column("name", Kind.TEXT, "Its name."),
        _id("parent_territory_id", "The group it rolls up to. Null: none.", "territories"),
        Column("layer", Kind.TEXT, "The territory model it is part of. Null: the firm's only one."),
        Column("segment", Kind.TEXT, "The only segment it takes; several separated by ';'. Null: any."),
        Column("vertical", Kind.TEXT, "The only verticals it takes; several separated by ';'. Null: any."),
        Column("region", Kind.TEXT, "The only regions it takes; several separated by ';'. Null: any."),
        Column(
            "capacity_hours", Kind.NUMBER, "Hours a year its seat can give. Null: the policy's.", low=0, high=200_000
        ),
        Column("capacity_share", Kind.NUMBER, "Size against a full seat, 1 = full. Null: 1.", low=0, high=100),
        Column("latitude", Kind.NUMBER, "Degrees north of its base.", low=-90, high=90),
        Column("longitude", Kind.NUMBER, "Degrees east of its base.", low=-180, high=180),
    ),
    key=("territory_id",),
    required=True,
)

REPS = Table(
    "reps",
    "One row for each rep or manager.",
    (
        _id("rep_id", "The rep.", required=True),
        Column("name", Kind.TEXT, "Name."),
        Column("email", Kind.TEXT, "E-mail address."),
        _id("manager_id", "Their manager's rep_id. Null: none.", "reps"),
        Column("hired_on", Kind.DATE, "First day."),
        Column("left_on", Kind.DATE, "Last day. Null: still here."),
    ),
    key=("rep_id",),
    spans=(("hired_on", "left_on"),),
    needed_for="letters, rep tenure and territory-or-rep",
)

COVERAGE = Table(
    "coverage",
    "Which rep covers which territory, from when to when.",
    (
        _id("rep_id", "The rep.", "reps", required=True),
        _id("territory_id", "The territory.", "territories", required=True),
        Column("starts_on", Kind.DATE, "First day.", required=True),
        Column("ends_on", Kind.DATE, "Last day. Null: still."),
    ),
    spans=(("starts_on", "ends_on"),),
    needed_for="vacant seats, rep tenure and territory-or-rep",
)

OWNERSHIP = Table(
    "ownership",
    "Which territory an account was in, from when to when.",
    (
        _id("account_id", "The account.", "accounts", required=True),
        _id("territory_id", "The territory.", "territories", required=True),
        Column("starts_on", Kind.DATE, "First day.", required=True),
        Column("ends_on", Kind.DATE, "Last day. Null: still."),
    ),
    spans=(("starts_on", "ends_on"),),
    needed_for="the cool-down of moved accounts and accounts lost in a quarter",
)

OPPORTUNITIES = Table(
    "opportunities",
    "One row for each opportunity, open or closed.",
    (
        _id("opportunity_id", "The opportunity.", required=True),
        _id("account_id", "The account.", "accounts", required=True),
        _id("rep_id", "The rep who owns it.", "reps"),
        Column("type", Kind.TEXT, "new, renewal or expansion.", allowed=OPPORTUNITY_TYPES),
        Column("stage", Kind.TEXT, "The stage's name."),
        Column("stage_number", Kind.COUNT, "1 discovery, 2 qualification, 3 and up mid to late.", low=0, high=20),
        Column("amount", Kind.MONEY, "Amount.", low=0, high=MOST_MONEY),
        Column("created_on", Kind.DATE, "When it was created."),
        Column("closed_on", Kind.DATE, "When it closed; for an open one, when it is expected to."),
        Column("is_closed", Kind.FLAG, "Closed, won or lost."),
        Column("is_won", Kind.FLAG, "Closed and won."),
    ),
    key=("opportunity_id",),
    spans=(("created_on", "closed_on"),),
    needed_for="pipeline, coverage, deal size, win rate and the grading of moves by pipeline",
)

ACTIVITIES = Table(
    "activities",
    "Calls, meetings and mails with accounts.",
    (
        _id("account_id", "The account.", "accounts", required=True),
        _id("rep_id", "The rep.", "reps"),
        Column("kind", Kind.TEXT, "call, meeting, email or as the firm names it."),
        Column("happened_on", Kind.DATE, "When.", required=True),
    ),
    needed_for="the grading of moves by recent activity",
)

QUOTAS = Table(
    "quotas",
    "The quota of a territory's seat for a period, and what was attained of it.",
    (
        _id("territory_id", "The territory.", "territories", required=True),
        Column("period_start", Kind.DATE, "First day of the period.", required=True),
        Column("period_end", Kind.DATE, "Last day of the period.", required=True),
        Column("amount", Kind.MONEY, "The quota.", required=True, low=0, high=MOST_MONEY),
        Column("attained", Kind.MONEY, "What was sold against it. Null: not known yet.", low=0, high=MOST_MONEY),
    ),
    key=("territory_id", "period_start", "period_end"),
    spans=(("period_start", "period_end"),),
    needed_for="quota attainment, pipeline coverage and the new quotas",
)

TRANSFER_REQUESTS = Table(
    "transfer_requests",
    "Reps who asked for another territory.",
    (
        _id("rep_id", "The rep.", "reps", required=True),
        Column("requested_on", Kind.DATE, "When.", required=True),
        Column("reason", Kind.TEXT, "Why."),
    ),
    needed_for="transfer requests as a sign of fairness",
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            ACCOUNTS,
            TERRITORIES,
            REPS,
            COVERAGE,
            OWNERSHIP,
            OPPORTUNITIES,
            ACTIVITIES,
            QUOTAS,
            TRANSFER_REQUESTS,
        )
    }
)
