"""What must hold between rows and tables: ids once, references that lead somewhere, no cycles of parents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from evenhand.book.raw import find_source, toml_key
from evenhand.book.values import as_text
from evenhand.foundation.findings import Finding, Severity
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evenhand.book.intake import Intake
    from evenhand.book.mapping import TableMapping
    from evenhand.book.raw import RawTable
    from evenhand.book.tables import Column

MOST_NEAREST = 5_000
"""Ids among which a misspelt one's neighbour is looked for."""

MOST_UNKNOWN = 50
"""Values that a mapping's refers_to reports one by one."""


@dataclass(frozen=True)
class Keys:
    """The ids of a table: all that were read, and those accepted."""

    every: pl.Series
    accepted: pl.Series


def keys_of(intake: Intake) -> Keys:
    """Return a table's ids, by its single key column."""
    (key,) = intake.table.key
    return Keys(intake.typed[key].drop_nulls(), intake.accepted_of(key)[key].drop_nulls())


def check_key(intake: Intake) -> None:
    """Report rows that share a key: copies are kept once, differing rows are all rejected."""
    key = list(intake.table.key)
    if not key or intake.raw.height < 2:
        return
    frame = intake.typed
    whole = frame.select(pl.all_horizontal(pl.col(name).is_not_null() for name in key)).to_series()
    keys = frame[key[0]] if len(key) == 1 else frame.select(pl.struct(key).alias("key")).to_series()
    if keys.n_unique() == len(keys):
        return
    repeated = keys.is_duplicated() & whole
    if not repeated.any():
        return
    # Only the rows that share a key are compared whole.
    shared = frame.with_row_index("__index").filter(repeated)
    content = [name for name in frame.columns if name != "__index"]
    same = shared.select(
        "__index",
        first=pl.struct(content).is_first_distinct(),
        alike=pl.struct(content).n_unique().over(key) == 1,
    )
    copy = _mask(len(keys), same.filter(pl.col("alike") & ~pl.col("first"))["__index"])
    clash = _mask(len(keys), same.filter(~pl.col("alike"))["__index"])
    name = key[0]
    intake.report(
        copy,
        "BK402",
        name,
        "repeats an earlier row word for word",
        "one copy is in the book; remove the others at the source",
        severity=Severity.WARNING,
        reject=True,
    )
    if intake.table.name == "accounts" and clash.any():
        clash = _report_two_territories(intake, shared, clash)
    intake.report(
        clash,
        "BK401",
        name,
        f"stands in several rows that differ ({', '.join(key)} must be unique)",
        "keep the right row at the source and remove the others; nothing says which is right, so none is taken",
    )


def _report_two_territories(intake: Intake, shared: pl.DataFrame, clash: pl.Series) -> pl.Series:
    """Report accounts whose rows name different territories; return the clashes that remain."""
    several = shared.filter(pl.col("territory_id").n_unique().over("account_id") > 1)["__index"]
    torn = clash & _mask(len(clash), several)
    intake.report(
        torn,
        "BK403",
        "account_id",
        "stands in several rows with different territories",
        "an account is in one territory of a layer: keep the row with the right territory and remove the others "
        "(where it was before goes into the table ownership)",
    )
    return clash & ~torn


def _mask(n: int, indices: pl.Series) -> pl.Series:
    mask = np.zeros(n, dtype=np.bool_)
    mask[indices.to_numpy()] = True
    return pl.Series(mask)


def check_parents(intake: Intake, column: Column) -> None:
    """Report parents that lead back to the row itself; a row that names itself has no parent."""
    (key,) = intake.table.key
    own, parent = intake.typed[key], intake.typed[column.name]
    itself = (own == parent).fill_null(value=False)
    if itself.any():
        intake.report(
            itself,
            "BK409",
            column.name,
            "names the row itself; taken as having none",
            f"leave {column.name} empty where there is none",
            severity=Severity.WARNING,
        )
        intake.empty(column.name, itself)
        parent = intake.typed[column.name]
    if not parent.is_not_null().any():
        return
    # Rows that share an id are rejected by now; which of them a parent means can't be told.
    alone = pl.select(pl.when(pl.Series(~intake.rejected)).then(own)).to_series()
    cyclic = on_cycle(_parent_index(alone, parent))
    intake.report(
        pl.Series(cyclic),
        "BK408",
        column.name,
        "leads back to the row itself, over its parents",
        f"break the circle: empty {column.name} in the row that is at the top",
    )


def _parent_index(own: pl.Series, parent: pl.Series) -> NDArray[np.int64]:
    """Return (n,) the row of each row's parent, -1 for none."""
    ids = pl.DataFrame({"id": own}).with_row_index("at").drop_nulls().unique("id", keep="first", maintain_order=True)
    found = pl.DataFrame({"id": parent}).join(ids, on="id", how="left", maintain_order="left")["at"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()


def on_cycle(parent: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which rows lie on a cycle of parents.

    Parameters
    ----------
    parent
        (n,) row of the parent, -1 for none.

    Notes
    -----
    Pointer doubling: after at least n steps upwards every row stands on a cycle or above a root, so the rows stood
    on are those of the cycles. O(n log n).
    """
    n = len(parent)
    jump = np.append(np.where(parent < 0, n, parent), n)
    for _ in range(max(1, n).bit_length()):
        jump = jump[jump]
    cyclic = np.zeros(n + 1, dtype=np.bool_)
    cyclic[jump[:n]] = True
    return cyclic[:n]


def check_reference(intake: Intake, column: Column, keys: Keys, *, leave_out: bool) -> None:
    """Report references that lead nowhere: rejected where required, else emptied.

    Parameters
    ----------
    leave_out
        True where the mapping says that such rows are none of the book's business.
    """
    values = intake.typed[column.name]
    found = values.is_in(keys.accepted.implode())
    astray = (~found).fill_null(value=False)
    if not astray.any():
        return
    refused = astray & values.is_in(keys.every.implode()).fill_null(value=False)
    orphan = astray & ~refused
    target = column.refers_to
    if column.required:
        hint = f"correct those rows of {target} (see their own findings) and this row comes back"
        intake.report(refused, "BK406", column.name, f"is a row of {target} that is rejected", hint)
        if leave_out:
            intake.report(
                orphan,
                "BK411",
                column.name,
                f"is not in {target}; left out, as the mapping says",
                "",
                severity=Severity.NOTE,
                reject=True,
            )
            return
        hint = _orphan_hint(values, orphan, keys, column)
        if intake.table.name != "accounts":
            lines = f'[tables.{intake.table.name}]\nleave_out_orphans = ["{column.name}"]'
            hint += f"; if such rows are none of the book's business, add to the mapping file:\n{lines}"
        intake.report(orphan, "BK404", column.name, f"is not in {target}", hint)
        return
    hint = f"correct those rows of {target} (see their own findings) and the value comes back"
    intake.report(
        refused,
        "BK407",
        column.name,
        f"is a row of {target} that is rejected; left empty",
        hint,
        severity=Severity.WARNING,
    )
    intake.report(
        orphan,
        "BK405",
        column.name,
        f"is not in {target}; left empty",
        _orphan_hint(values, orphan, keys, column),
        severity=Severity.WARNING,
    )
    intake.empty(column.name, astray)


def _orphan_hint(values: pl.Series, orphan: pl.Series, keys: Keys, column: Column) -> str:
    hint = f"add the row to {column.refers_to}, or correct the id"
    if orphan.any() and len(keys.every) <= MOST_NEAREST:
        near = find_nearest(values.filter(orphan)[0], keys.every.to_list())
        if near is not None:
            hint += f" (the nearest one is {near!r})"
    return hint


def check_further_references(intake: Intake, said: TableMapping, raw: Mapping[str, RawTable]) -> None:
    """Report values that the table and column which the mapping's refers_to names do not have."""
    for name, target in said.refers_to.items():
        table, _, column = target.rpartition(".")
        found = find_source(table, raw)
        if found is None or column not in raw[found].frame.columns:
            there = sorted(raw) if found is None else raw[found].frame.columns
            near = find_nearest(table if found is None else column, there)
            hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(there)}"
            what = (
                f"The mapping's tables.{intake.table.name}.refers_to names {target!r}, which the source does not have."
            )
            intake.findings.append(Finding("BK522", Severity.ERROR, f"{intake.table.name}.{name}", what, hint))
            continue
        own = next((known.book_name for known in intake.table.columns if known.name == name), name)
        if own not in intake.typed.columns:
            continue
        values, right = intake.typed[own], as_text(raw[found].frame[column]).drop_nulls().unique().sort()
        unknown = values.filter((~values.is_in(right.implode())).fill_null(value=False)).unique().sort()
        for value in unknown.head(MOST_UNKNOWN).to_list():
            near = find_nearest(value, right.to_list())
            line = (
                f'add to the mapping file:\n[tables.{intake.table.name}.values.{toml_key(name)}]\n"{value}" = "{near}"'
            )
            intake.report(
                values == value,
                "BK420",
                name,
                f"is not in {target}" + (f", which has {near!r}" if near else "") + "; kept as it is",
                f"write it one way at the source, or {line}" if near else f"add it to {table}, or correct it",
                severity=Severity.WARNING,
            )
