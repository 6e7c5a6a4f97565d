"""The file of rejected rows: as they were read, with where they stood and why, ready to be corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import xlsxwriter

from evenhand.adapters.partial import write_whole
from evenhand.foundation.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ENDINGS = (".csv", ".parquet", ".xlsx")


def write_rejects(rejects: Mapping[str, pl.DataFrame], to: Path) -> int:
    """Write all rejected rows into one file.

    Parameters
    ----------
    rejects
        By table, with file, row, code, reason and the columns of the source.
    to
        A .csv or .parquet file (all tables, with the table's name in the first column), or .xlsx (a sheet a table).

    Returns
    -------
    int
        How many rows were written.

    Notes
    -----
    The file takes its name only when it is complete; an older one of that name is replaced.
    """
    if to.suffix.lower() not in ENDINGS:
        raise InputError({str(to): f"must end in {', '.join(ENDINGS)}"})
    try:
        with write_whole(to) as partial:
            _write(rejects, partial)
    except (OSError, pl.exceptions.PolarsError, xlsxwriter.exceptions.XlsxWriterException) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError("disk", f"rejected rows can't be written to {to}: {reason}") from error
    return sum(frame.height for frame in rejects.values())


def _write(rejects: Mapping[str, pl.DataFrame], partial: Path) -> None:
    if partial.suffix.lower() == ".xlsx":
        with xlsxwriter.Workbook(str(partial), {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
            for table, frame in rejects.items():
                frame.write_excel(workbook, worksheet=table[:31])
        return
    frames = [
        frame.insert_column(0, pl.Series("table", [table] * frame.height, dtype=pl.String))
        for table, frame in ((table, _clear(frame)) for table, frame in rejects.items())
    ]
    empty = pl.DataFrame(schema=dict.fromkeys(("table", "file", "row", "code", "reason"), pl.String))
    stacked = pl.concat(frames, how="diagonal_relaxed") if frames else empty
    if partial.suffix.lower() == ".parquet":
        stacked.write_parquet(partial)
    else:
        stacked.write_csv(partial)


def _clear(frame: pl.DataFrame) -> pl.DataFrame:
    """Make way for the table's name where the source has a column called so."""
    return frame.rename({"table": "table (source)"}) if "table" in frame.columns else frame.clone()
