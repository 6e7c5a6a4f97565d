"""Pricing a sheet of flags against a plan on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.policies import read_stored_policy
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import say_nearest
from evenhand.review.pricing import open_pricing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from evenhand.app.ports import Outside
    from evenhand.book.raw import RawTable
    from evenhand.review.bundle import Bundle
    from evenhand.review.price import Price

COLUMNS = ("account_id", "to_territory_id", "instead_account_id", "instead_to_territory_id", "reason", "words")
"""Of a sheet of flags; all but the first may be left out."""


@dataclass(frozen=True)
class SheetFlag:
    """A row of a sheet of flags.

    Attributes
    ----------
    flag_id
        Its number as a spreadsheet counts rows.
    wants
        Edits that honour it.
    """

    flag_id: str
    account_id: str
    wants: tuple[str, ...]
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, eq=False)
class PricedFlags:
    """Flags with their prices, and the cheapest bundle of those that go together."""

    flags: tuple[SheetFlag, ...]
    prices: Mapping[str, Price]
    bundle: Bundle

    def table(self) -> pl.DataFrame:
        """One row for each flag: what it asks, what it costs, and where in the bundle it is."""
        place = {
            flag_id: n for n, step in reversed(list(enumerate(self.bundle.steps, start=1))) for flag_id in step.flag_ids
        }
        rows = [
            {
                "row": flag.flag_id,
                "account_id": flag.account_id,
                "high": price.moves["high"],
                "medium": price.moves["medium"],
                "low": price.moves["low"],
                "keeps_bands": price.keeps_bands,
                "misfit": price.cost,
                "in_bundle": place.get(flag.flag_id),
                "price": price.words,
                "left_out": self.bundle.left_out.get(flag.flag_id, ""),
            }
            for flag in self.flags
            for price in (self.prices[flag.flag_id],)
        ]
        return pl.DataFrame(rows, infer_schema_length=None)


def want_edits(account_id: str, to: str = "", instead: str = "", instead_to: str = "") -> tuple[str, ...]:
    """Return the edits that honour a flag: the account stays, or goes elsewhere; and for a swap, who goes instead."""
    wants = [f"move:{account_id}={to}" if to else f"lock:{account_id}"]
    if instead:
        wants.append(f"move:{instead}={instead_to}")
    return tuple(wants)


def read_flags(sheet: RawTable) -> tuple[SheetFlag, ...]:
    """Read a sheet of flags.

    Raises
    ------
    InputError
        Naming the columns that are unknown or missing, and every row without an account or with half a swap.
    """
    frame = sheet.frame
    problems = {
        f"{sheet.where}, {name}": f"isn't a column of flags.{say_nearest(name, COLUMNS)}"
        for name in frame.columns
        if name not in COLUMNS
    }
    if COLUMNS[0] not in frame.columns:
        problems[sheet.where] = f"has no column {COLUMNS[0]}"
    if problems:
        raise InputError(problems)
    flags = []
    for number, row in zip(sheet.row_numbers.to_list(), frame.iter_rows(named=True), strict=True):
        said = {name: (row.get(name) or "").strip() for name in COLUMNS}
        account, to, instead, instead_to, reason, words = (said[name] for name in COLUMNS)
        if not account:
            problems[f"{sheet.where}, row {number}"] = "names no account"
        elif bool(instead) != bool(instead_to):
            problems[f"{sheet.where}, row {number}"] = "a swap names an account and the territory that it goes to"
        else:
            flags.append(SheetFlag(str(number), account, want_edits(account, to, instead, instead_to), reason, words))
    if not (flags or problems):
        problems[sheet.where] = "has no flag"
    if problems:
        raise InputError(problems)
    return tuple(flags)


def price_flags(outside: Outside, plan_folder: Path, book_folder: Path, flags: tuple[SheetFlag, ...]) -> PricedFlags:
    """Price flags against a plan: each by itself, and the cheapest bundle of those that go together.

    Raises
    ------
    InputError
        If the plan was changed since it was written, is of another book, or a flag names what isn't there.
    """
    record, changed = outside.read_plan(plan_folder)
    if changed:
        raise InputError({str(plan_folder / name): "is not as it was written" for name in changed})
    pricing = open_pricing(record, outside.read_book(book_folder), read_stored_policy(record))
    prices, bundle = pricing.price_all({flag.flag_id: flag.wants for flag in flags})
    return PricedFlags(flags, prices, bundle)
