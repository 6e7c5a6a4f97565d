"""A certificate as a table: with the ids of territories and units instead of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.plan.solver import Certificate

COLUMNS = (
    "level",
    "part",
    "node",
    "row",
    "territory_id",
    "to_territory_id",
    "unit_id",
    "case_number",
    "measure",
    "price",
)

_OF_TERRITORIES = ("territory", "band", "at_most", "moves_from", "moves_into", "count")
"""Rows of a certificate that are about a territory: of a count, the one it starts from."""


def write_prices(
    certificate: Certificate, territory_ids: Sequence[str], unit_ids: pl.Series, measures: Sequence[str]
) -> pl.DataFrame:
    """Write a certificate as rows of `COLUMNS`; `evenhand.plan.record.parse_certificate` reads them back."""
    rows = pl.DataFrame(
        list(certificate.rows()),
        schema={
            "level": pl.String,
            "part": pl.Int64,
            "node": pl.Int64,
            "row": pl.String,
            "item": pl.Int64,
            "measure_index": pl.Int64,
            "price": pl.Float64,
        },
        orient="row",
    )
    row, item, measure = pl.col("row"), pl.col("item"), pl.col("measure_index")
    ids = pl.Series(territory_ids, dtype=pl.String)
    names = pl.Series(measures, dtype=pl.String)
    return rows.with_columns(
        territory_id=_gather(ids, pl.when(row.is_in(_OF_TERRITORIES) & (item >= 0)).then(item)),
        to_territory_id=_gather(ids, pl.when((row == "count") & (measure >= 0)).then(measure)),
        unit_id=_gather(unit_ids, pl.when(row.is_in(["split", "base"])).then(item)),
        case_number=pl.when(row.is_in(["case", "of_cut", "earlier_cut"])).then(item),
        measure=_gather(names, pl.when(row.is_in(["band", "at_most"])).then(measure)),
    ).select(*COLUMNS)


def _gather(values: pl.Series, index: pl.Expr) -> pl.Expr:
    return index.map_batches(values.gather, return_dtype=pl.String)
