"""The territories of a diagnosis as a table: a row each, filtered as an address asks, by hierarchy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.diagnose import MEASURES, Call
from evenhand.diagnose.seats import climb
from evenhand.diagnose.wording import say_range, say_value
from evenhand.web.browsing import Column, find_words, keep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evenhand.adapters.files.diagnoses import KeptDiagnosis
    from evenhand.book.book import Book as BookDirectory
    from evenhand.diagnose.verdict import Verdict

KEYS = ("layer", "territory_id")
STATUSES = ("over", "under", "within", "unknown")
COLUMNS = (
    Column("territory_id", "Territory"),
    Column("rep", "Rep"),
    Column("call", "Verdict"),
    Column("n_outside", "Out of range", is_number=True),
    *(
        Column(name, measure.title[:1].upper() + measure.title[1:], is_number=True)
        for name, measure in MEASURES.items()
    ),
)
"""What the table can be sorted by."""

_CALLS = tuple(str(call) for call in Call)


@dataclass(frozen=True)
class Wish:
    """Which territories are asked for; empty texts want nothing in particular.

    Attributes
    ----------
    find
        Words of the id, the name or the rep.
    call
        A verdict.
    measure, status
        A status of one measure; with the status alone, of any measure.
    layer
        One layer's alone.
    under
        A group: what is in it.
    by
        ``level`` for the groups and seats right below the group (of the whole firm where none is given), else seats.
    """

    find: str = ""
    call: str = ""
    measure: str = ""
    status: str = ""
    layer: str = ""
    under: str = ""
    by: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Wish:
        """Take a wish out of an address; a word that means nothing here is left out."""
        known = {"call": _CALLS, "measure": tuple(MEASURES), "status": STATUSES, "by": ("level",)}
        said = {name: asked.get(name, "").strip() for name in cls.__dataclass_fields__}
        return cls(**{name: text for name, text in said.items() if name not in known or text in known[name]})


@dataclass(frozen=True)
class Cell:
    """A figure of a territory, as it is read."""

    measure: str
    title: str
    text: str
    status: str
    range: str
    missing: str

    @property
    def is_outside(self) -> bool:
        """Whether it lies outside its range."""
        return self.status in {"over", "under"}


def lay_out(diagnosis: KeptDiagnosis, directory: BookDirectory) -> pl.DataFrame:
    """Lay the figures of a diagnosis out as a row for each territory and layer.

    Returns
    -------
    pl.DataFrame
        territory_id, layer, is_seat, name, parent_territory_id, rep (who covers it, by name), call, sentence,
        n_outside (measures out of range), then for each measure its value under its name and ``MEASURE_status``.
    """
    figures = diagnosis.territories
    wide = figures.group_by("territory_id", "layer", "is_seat", maintain_order=True).agg(
        pl.col("status").is_in(["over", "under"]).sum().cast(pl.Int64).alias("n_outside"),
        *(pl.col("value").filter(pl.col("measure") == name).first().alias(name) for name in MEASURES),
        *(pl.col("status").filter(pl.col("measure") == name).first().alias(f"{name}_status") for name in MEASURES),
    )
    verdicts = pl.DataFrame(
        [(v.territory_id, v.layer, str(v.call), v.sentence) for v in diagnosis.verdicts],
        schema={"territory_id": pl.String, "layer": pl.String, "call": pl.String, "sentence": pl.String},
        orient="row",
    )
    named = directory.territories.select("territory_id", "name", "parent_territory_id").unique("territory_id")
    first = ["territory_id", "layer", "is_seat", "name", "parent_territory_id", "rep", "call", "sentence", "n_outside"]
    return (
        wide.join(verdicts, on=["territory_id", "layer"], how="left", maintain_order="left")
        .join(named, on="territory_id", how="left", maintain_order="left")
        .join(_covered_by(directory), on="territory_id", how="left", maintain_order="left")
        .select(*first, *MEASURES, *(f"{name}_status" for name in MEASURES))
    )


def choose(table: pl.DataFrame, wish: Wish, directory: BookDirectory) -> pl.DataFrame:
    """Keep the territories that are asked for."""
    if wish.by == "level":
        table = table.filter(pl.col("parent_territory_id") == wish.under) if wish.under else _tops(table)
    else:
        table = table.filter("is_seat")
        if wish.under:
            below = climb(directory.territories).filter(pl.col("ancestor_id") == wish.under)["territory_id"]
            table = table.filter(pl.col("territory_id").is_in(below.implode()))
    table = find_words(
        keep(table, {"call": wish.call, "layer": wish.layer}), wish.find, ("territory_id", "name", "rep")
    )
    if wish.status:
        measures = [wish.measure] if wish.measure else list(MEASURES)
        table = table.filter(pl.any_horizontal(pl.col(f"{name}_status") == wish.status for name in measures))
    return table


def path_to(group_id: str, directory: BookDirectory) -> list[tuple[str, str]]:
    """Return the groups from the top down to this one: id and name of each."""
    rows = directory.territories.select("territory_id", "name", "parent_territory_id").iter_rows()
    known = {territory_id: (name or territory_id, parent) for territory_id, name, parent in rows}
    found: list[tuple[str, str]] = []
    while group_id in known and group_id not in {name for name, _ in found}:
        name, parent = known[group_id]
        found.append((group_id, name))
        group_id = parent or ""
    return found[::-1]


def say_cells(diagnosis: KeptDiagnosis, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], list[Cell]]:
    """Say every figure of some territories in words, by layer and territory, in the order of the measures."""
    wanted = pl.DataFrame(
        [(row["layer"], row["territory_id"]) for row in rows], schema=dict.fromkeys(KEYS, pl.String), orient="row"
    )
    said: dict[tuple[str, str], list[Cell]] = {(row["layer"], row["territory_id"]): [] for row in rows}
    for row in diagnosis.territories.join(wanted, on=KEYS, how="semi", maintain_order="left").iter_rows(named=True):
        said[row["layer"], row["territory_id"]].append(say_cell(row, diagnosis.currency))
    return said


def say_cell(row: Mapping[str, Any], currency: str) -> Cell:
    """Say a figure, its status and its range in words."""
    value = "–" if row["value"] is None else say_value(row["value"], row["unit"], currency)
    bounds = say_range(row["low"], row["high"], row["unit"], currency)
    return Cell(
        row["measure"], MEASURES[row["measure"]].title, value, row["status"], bounds, row["reason_missing"] or ""
    )


def find_verdicts(diagnosis: KeptDiagnosis, territory_id: str) -> list[Verdict]:
    """Return the verdicts on a territory, one a layer."""
    return [verdict for verdict in diagnosis.verdicts if verdict.territory_id == territory_id]


def _tops(table: pl.DataFrame) -> pl.DataFrame:
    """Return those whose parent isn't in the table."""
    parents = table["territory_id"].implode()
    return table.filter(pl.col("parent_territory_id").is_null() | ~pl.col("parent_territory_id").is_in(parents))


def _covered_by(directory: BookDirectory) -> pl.DataFrame:
    day = directory.as_of
    runs = (pl.col("starts_on") <= day) & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= day))
    return (
        directory.coverage.filter(runs)
        .join(directory.reps.select("rep_id", "name"), on="rep_id", how="left")
        .with_columns(pl.col("name").fill_null(pl.col("rep_id")))
        .group_by("territory_id")
        .agg(pl.col("name").unique().sort().str.join(", ").alias("rep"))
    )
