"""Putting a sync's pages and the table kept so far together: each record once, its latest form, none that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.app.record_tables import schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evenhand.app.records import Page, SourceObject

_AT = "__page"


def merge_pages(
    known: SourceObject, before: pl.DataFrame | None, pages: Sequence[Page], ids: pl.Series | None = None
) -> pl.DataFrame:
    """Return an object's records, sorted by key.

    Parameters
    ----------
    before
        As kept so far; None where all records were read.
    pages
        In the order in which they came; a record may be in several.
    ids
        Of all records there are now; None where they weren't asked for.

    Notes
    -----
    Of a record in several pages the one with the latest stamp counts, of equals the one that came last. A record that
    was deleted counts as gone unless a later page has it again.
    """
    schema = schema_of(known.fields)
    rows = pl.concat(
        [
            pl.DataFrame(schema=schema).with_columns(pl.lit(0, pl.UInt32).alias(_AT)),
            *(
                _shaped(page.rows, schema).with_columns(pl.lit(at, pl.UInt32).alias(_AT))
                for at, page in enumerate(pages)
            ),
        ]
    )
    order = [known.stamp, _AT] if known.stamp else [_AT]
    rows = rows.sort([known.key, *order], nulls_last=False, maintain_order=True)
    rows = rows.unique(known.key, keep="last", maintain_order=True)
    deleted = _deleted(known, pages)
    gone = deleted.join(rows.select(known.key, here=_AT), on=known.key, how="left")
    gone = gone.filter(pl.col("here").is_null() | (pl.col("here") <= pl.col(_AT))).select(known.key)
    touched = pl.concat([rows.select(known.key), gone])
    table = rows.drop(_AT).join(gone, on=known.key, how="anti", maintain_order="left")
    if before is not None:
        kept = _shaped(before, schema).join(touched, on=known.key, how="anti", maintain_order="left")
        table = pl.concat([kept, table])
    if ids is not None:
        table = table.join(ids.to_frame(known.key).unique(), on=known.key, how="semi", maintain_order="left")
    return table.sort(known.key)


def _shaped(rows: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _deleted(known: SourceObject, pages: Sequence[Page]) -> pl.DataFrame:
    """Return the keys of records that are gone, with the last page that says so."""
    keys = [key for page in pages for key in page.deleted]
    at = [n for n, page in enumerate(pages) for _ in page.deleted]
    frame = pl.DataFrame({known.key: keys, _AT: at}, schema={known.key: pl.String(), _AT: pl.UInt32()})
    return frame.group_by(known.key).agg(pl.col(_AT).max())
