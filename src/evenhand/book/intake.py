"""A table on its way into the book: what was read, what it means, and which rows are rejected and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.book.values import as_text
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.book.tables import Table

N_EXAMPLES = 5
"""Rows named in a finding; the file of rejected rows has them all."""


@dataclass(frozen=True)
class Reason:
    """Why some rows are rejected."""

    code: str
    text: str
    indices: NDArray[np.uint32]


@dataclass
class Intake:
    """A table between its source and the book.

    Attributes
    ----------
    raw
        (n rows) what was read, under the source's column names.
    rows, origin, origins
        (n,) row numbers as a spreadsheet counts; (n,) index into origins; the files (with sheet).
    lines
        (n,) line numbers of the file where they differ from `rows`, else None.
    spelled
        How the source spells a column, by its name in `evenhand.book.tables`.
    typed
        (n rows) the columns under their book names and types, plus further ones as text.
    rejected
        (n,) True where a row is rejected.
    """

    table: Table
    raw: pl.DataFrame
    rows: pl.Series
    origin: pl.Series
    origins: tuple[str, ...]
    typed: pl.DataFrame
    spelled: dict[str, str] = field(default_factory=dict)
    lines: pl.Series | None = None
    findings: list[Finding] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    rejected: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if len(self.rejected) != self.raw.height:
            self.rejected = np.zeros(self.raw.height, dtype=np.bool_)

    def accepted_of(self, *columns: str) -> pl.DataFrame:
        """Return some columns of the rows that are not rejected."""
        picked = self.typed.select(columns)
        return picked.filter(pl.Series(~self.rejected)) if self.rejected.any() else picked

    def original(self, column: str) -> pl.Series:
        """Return what the source has in a column; what was derived or made constant where it has none."""
        name = self.spelled.get(column, column)
        if name in self.raw.columns:
            return self.raw[name]
        book_names = {known.name: known.book_name for known in self.table.columns}
        return self.typed[book_names.get(column, column)]

    def empty(self, column: str, where: pl.Series) -> None:
        """Leave a column empty in some rows; null in `where` counts as False."""
        name = next((known.book_name for known in self.table.columns if known.name == column), column)
        kept = pl.select(pl.when(~where.fill_null(value=False)).then(self.typed[name]).alias(name)).to_series()
        self.typed = self.typed.with_columns(kept)

    def report(
        self,
        wrong: pl.Series,
        code: str,
        column: str,
        what: str,
        hint: str,
        *,
        severity: Severity = Severity.ERROR,
        reject: bool | None = None,
    ) -> None:
        """Name the rows where `wrong` is True, in one finding; reject them where it is an error.

        Parameters
        ----------
        wrong
            (n,) True where a row has the problem; null counts as False.
        column
            The column concerned, by its name in `evenhand.book.tables` (or a further column's own name).
        what
            What is wrong, to follow the column and its value: "is not a date".
        hint
            What is allowed and how to fix it; ``{value}`` stands for the first value.
        reject
            Whether the rows are rejected; None: where the severity is error. What rejects no row is not said of
            rows that are rejected already.
        """
        rejects = severity is Severity.ERROR if reject is None else reject
        indices = wrong.fill_null(value=False).arg_true().to_numpy().astype(np.uint32)
        if not rejects:
            indices = indices[~self.rejected[indices]]
        if not len(indices):
            return
        spelled = self.spelled.get(column, column)
        self.findings.append(self._finding(indices, code, column, what, hint, severity))
        if rejects:
            self.rejected[indices] = True
            self.reasons.append(Reason(code, f"{spelled} {what}", indices))

    def _finding(
        self, indices: NDArray[np.uint32], code: str, column: str, what: str, hint: str, severity: Severity
    ) -> Finding:
        first = indices[:N_EXAMPLES]
        values = [None if value is None else str(value) for value in self.original(column).gather(first).to_list()]
        rows = self.rows.gather(first).to_list()
        spelled = self.spelled.get(column, column)
        file = self.origins[self.origin[int(first[0])]]
        named = spelled if values[0] is None else f"{spelled} {values[0]!r}"
        more = len(indices) - 1
        evidence = {
            "file": file,
            "row": rows[0],
            "column": spelled,
            "value": values[0],
            "n_rows": len(indices),
            "rows": rows,
            "values": values,
        }
        if self.lines is not None:
            line = self.lines[int(first[0])]
            if line != rows[0]:
                evidence["line"] = line
        rest = f" (and {more:,} more row{'s' if more > 1 else ''})" if more else ""
        return Finding(
            code=code,
            severity=severity,
            subject=f"{self.table.name}.{column}",
            message=f"{file} row {rows[0]}: {named} {what}{rest}.",
            hint=hint.replace("{value}", values[0] or ""),
            evidence=evidence,
        )

    def rejects(self) -> pl.DataFrame:
        """Return the rejected rows as they were read, with file, row, code and reason, in the source's order."""
        reasons = pl.concat(
            [
                pl.DataFrame({"__index": reason.indices}).with_columns(
                    pl.lit(reason.code).alias("code"), pl.lit(reason.text).alias("reason")
                )
                for reason in self.reasons
            ]
            or [pl.DataFrame(schema={"__index": pl.UInt32, "code": pl.String, "reason": pl.String})]
        )
        why = (
            reasons.group_by("__index", maintain_order=True)
            .agg(pl.col("code").unique(maintain_order=True).str.join("; "), pl.col("reason").str.join("; "))
            .sort("__index")
        )
        at = why["__index"]
        picked = self.raw[at]
        raw = pl.DataFrame([column if column.dtype == pl.String else as_text(column) for column in picked])
        place = pl.DataFrame(
            {
                "file": pl.Series(self.origins, dtype=pl.String).gather(self.origin.gather(at)),
                "row": self.rows.gather(at),
                "code": why["code"],
                "reason": why["reason"],
            }
        )
        return place.hstack(raw.rename({name: f"{name} (source)" for name in raw.columns if name in place.columns}))
