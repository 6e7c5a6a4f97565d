"""Plans side by side, and the difference between any two: which accounts, why, and what it does to everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.plan.scenarios.figures import list_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.plan.scenarios.side import Side

_SAME = 1e-9
STAYS = "stays"
"""Stands for the reason of an account that a plan doesn't move."""


@dataclass(frozen=True, eq=False)
class Difference:
    """Where a second plan differs from a first.

    Attributes
    ----------
    accounts
        One row for each account that the two put in different territories: account_id, name, grade (of whichever moves
        it), and for each plan territory_id and reason (`_first`, `_second`), and what it does: `effect` in words.
    territories
        One row for each territory, group and measure that comes out differently: territory_id, is_seat, measure,
        before, first, second, change (second − first).
    quotas
        territory_id, first_cents, second_cents, change_cents of every seat whose new quota differs.
    figures
        figure, first, second of the whole, where they differ.
    """

    first: str
    second: str
    accounts: pl.DataFrame
    territories: pl.DataFrame
    quotas: pl.DataFrame
    figures: pl.DataFrame

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same plan in everything that anybody would notice."""
        return not (self.accounts.height or self.territories.height or self.quotas.height or self.figures.height)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans of one book side by side.

    Attributes
    ----------
    figures
        figure, then a column for each plan: text.
    territories
        One row for each territory, group of territories and measure of `evenhand.plan.roll_up.ROLLED_UP`:
        territory_id, is_seat, measure, before, then what each plan leaves it with.
    differences
        Of each plan but the first against the first.
    """

    sides: tuple[Side, ...]
    figures: pl.DataFrame
    territories: pl.DataFrame
    differences: tuple[Difference, ...]


def compare(sides: Sequence[Side]) -> Comparison:
    """Put plans side by side.

    Raises
    ------
    InputError
        If fewer than two are given, two have the same name, or they are of different books: their figures can't be
        compared.
    """
    check_alike(sides)
    return Comparison(
        sides=tuple(sides),
        figures=compare_figures(sides),
        territories=compare_territories(sides),
        differences=tuple(find_difference(sides[0], side) for side in sides[1:]),
    )


def check_alike(sides: Sequence[Side]) -> None:
    """Refuse (InputError) plans that can't be compared."""
    if len(sides) < 2:
        raise InputError({"plans": "give at least two plans"})
    names = [side.name for side in sides]
    problems = {name: "is there more than once" for name in names if names.count(name) > 1}
    problems |= {
        side.name: f"is of another book than {sides[0].name}"
        for side in sides[1:]
        if side.book_hash != sides[0].book_hash
    }
    if problems:
        raise InputError(problems)


def compare_figures(sides: Sequence[Side]) -> pl.DataFrame:
    """Return figure, then a column of text for each plan under its name."""
    columns = {side.name: list_figures(side) for side in sides}
    names = list(dict.fromkeys(figure for figures in columns.values() for figure in figures))
    return pl.DataFrame(
        {"figure": names, **{name: [figures.get(figure) for figure in names] for name, figures in columns.items()}},
        schema_overrides=dict.fromkeys(columns, pl.String),
    )


def compare_territories(sides: Sequence[Side]) -> pl.DataFrame:
    """Return territory_id, is_seat, measure, before, then what each plan leaves it with, under the plan's name."""
    keys = ["territory_id", "is_seat", "measure"]
    table = sides[0].hierarchy.select(*keys, "before", pl.col("after").alias(sides[0].name))
    for side in sides[1:]:
        other = side.hierarchy.select(*keys, pl.col("before").alias("before_too"), pl.col("after").alias(side.name))
        table = (
            table.join(other, on=keys, how="full", coalesce=True)
            .with_columns(before=pl.coalesce("before", "before_too"))
            .drop("before_too")
        )
    order = {name: i for i, name in enumerate(dict.fromkeys(m for side in sides for m in side.hierarchy["measure"]))}
    return table.sort(
        "territory_id", pl.col("measure").replace_strict(order, return_dtype=pl.Int64) if order else "measure"
    )


def find_difference(first: Side, second: Side) -> Difference:
    """Say where the second plan differs from the first; nothing, where they are the same."""
    pair = (first, second)
    return Difference(
        first=first.name,
        second=second.name,
        accounts=_differ_in_accounts(first, second),
        territories=_differ_in_territories(first, second),
        quotas=_differ_in_quotas(first, second),
        figures=_differ_in_figures(pair),
    )


def _differ_in_figures(pair: tuple[Side, Side]) -> pl.DataFrame:
    mine, theirs = (list_figures(side) for side in pair)
    names = [name for name in dict.fromkeys((*mine, *theirs)) if mine.get(name) != theirs.get(name)]
    return pl.DataFrame(
        {"figure": names, "first": [mine.get(n) for n in names], "second": [theirs.get(n) for n in names]},
        schema={"figure": pl.String, "first": pl.String, "second": pl.String},
    )


def _differ_in_accounts(first: Side, second: Side) -> pl.DataFrame:
    frames = []
    for side, suffix in ((first, "_first"), (second, "_second")):
        moves = side.moves.select("account_id", "name", "grade", "reason", "from_territory_id")
        frames.append(
            side.assignment.join(moves, on="account_id", how="left").rename(
                {name: f"{name}{suffix}" for name in ("territory_id", "name", "grade", "reason", "from_territory_id")}
            )
        )
    differ = (
        frames[0]
        .join(frames[1], on="account_id", how="full", coalesce=True)
        .filter(pl.col("territory_id_first").ne_missing(pl.col("territory_id_second")))
    )
    both = pl.col("reason_first").is_not_null() & pl.col("reason_second").is_not_null()
    home = pl.coalesce("from_territory_id_first", "from_territory_id_second")
    one_goes = pl.format("goes from {} to {} in {{}} alone", home, pl.coalesce(
        pl.when(pl.col("reason_first").is_not_null()).then("territory_id_first"), "territory_id_second"
    ))  # fmt: skip
    effect = (
        pl.when(both)
        .then(pl.format("leaves {} in both, for {} or {}", home, "territory_id_first", "territory_id_second"))
        .when(pl.col("reason_first").is_not_null())
        .then(one_goes.str.replace("{}", first.name, literal=True))
        .otherwise(one_goes.str.replace("{}", second.name, literal=True))
    )
    return differ.select(
        "account_id",
        name=pl.coalesce("name_first", "name_second"),
        grade=pl.coalesce("grade_first", "grade_second"),
        territory_id_first="territory_id_first",
        territory_id_second="territory_id_second",
        reason_first=pl.col("reason_first").fill_null(STAYS),
        reason_second=pl.col("reason_second").fill_null(STAYS),
        effect=effect,
    ).sort("account_id")


def _differ_in_territories(first: Side, second: Side) -> pl.DataFrame:
    if first.name == second.name:
        second = second.renamed(f"{second.name}, again")
    table = compare_territories((first, second)).rename({first.name: "first", second.name: "second"})
    change = pl.col("second") - pl.col("first")
    size = pl.max_horizontal(pl.col("first").abs(), pl.col("second").abs(), pl.lit(1e-12))
    differs = pl.col("first").ne_missing(pl.col("second")) & ((change.abs() > _SAME * size).fill_null(value=True))
    return table.with_columns(change=change).filter(differs)


def _differ_in_quotas(first: Side, second: Side) -> pl.DataFrame:
    sums = [
        side.quotas.group_by("territory_id").agg(pl.col("amount_cents").sum().alias(name))
        for side, name in ((first, "first_cents"), (second, "second_cents"))
    ]
    return (
        sums[0]
        .join(sums[1], on="territory_id", how="full", coalesce=True)
        .with_columns(pl.col("first_cents", "second_cents").fill_null(0))
        .with_columns(change_cents=pl.col("second_cents") - pl.col("first_cents"))
        .filter(pl.col("change_cents") != 0)
        .sort("territory_id")
    )
