"""What an export lacks, derived as its mapping file says: a small set of named ways, each one join or one sort."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.book.intake import Intake
from evenhand.book.mapping import Format, Lookup, RowsFrom, Text, UntilNext
from evenhand.book.raw import RawTable, find_source
from evenhand.book.tables import TABLES, Column, Kind
from evenhand.book.values import Place, read_column
from evenhand.foundation.findings import Finding, Severity
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.mapping import SourceMapping

AT = "__at"


def apply_stages(intakes: Mapping[str, Intake], mapping: SourceMapping) -> None:
    """Fill in stage number, closed and won from the stage's name, where the source does not say them."""
    intake = intakes.get("opportunities")
    if intake is None or not mapping.stages:
        return
    stage = intake.typed["stage"]
    names = list(mapping.stages)
    filled: dict[str, list[Any]] = {
        "stage_number": [mapping.stages[name].number for name in names],
        "is_closed": [mapping.stages[name].closed for name in names],
        "is_won": [mapping.stages[name].won for name in names],
    }
    intake.typed = intake.typed.with_columns(
        pl.col(column).fill_null(
            pl.col("stage").replace_strict(names, values, default=None, return_dtype=intake.typed[column].dtype)
        )
        for column, values in filled.items()
    )
    unknown = (~stage.is_in(names)).fill_null(value=False)
    intake.report(
        unknown,
        "BK322",
        "stage",
        "is not in [stages] of the mapping file",
        'add it there: "<stage>" = { number = 1 }, with closed = true and won = true where it is so',
        severity=Severity.WARNING,
    )


def apply_derivations(intakes: dict[str, Intake], raw: Mapping[str, RawTable], mapping: SourceMapping) -> list[Finding]:
    """Apply the mapping's derivations in the order of the file; say what each did.

    Returns
    -------
    list[Finding]
        A note for each derivation with how many values it filled, an error where a table or column it needs
        is not there.
    """
    found: list[Finding] = []
    for i, derivation in enumerate(mapping.derive, start=1):
        place = f"derivation {i} ({derivation.kind})"
        try:
            if isinstance(derivation, RowsFrom):
                found.append(_rows(derivation, intakes, raw, mapping, place))
            elif isinstance(derivation, Lookup):
                found.append(_lookup(derivation, intakes, raw, mapping, place))
            elif isinstance(derivation, UntilNext):
                found.append(_until_next(derivation, intakes, place))
            else:
                found.append(_text(derivation, intakes, place))
        except _NotThereError as missing:
            found.append(
                Finding(
                    "BK522", Severity.ERROR, "mapping", f"The mapping's {place} needs {missing.what}.", missing.hint
                )
            )
    return found


class _NotThereError(Exception):
    def __init__(self, what: str, known: list[str]) -> None:
        name = what.rpartition(" ")[2].strip("'")
        near = find_nearest(name, known)
        self.what = f"{what}, which the source does not have"
        self.hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known) or 'none'}"
        super().__init__(what)


def _source(name: str, intakes: Mapping[str, Intake], raw: Mapping[str, RawTable]) -> tuple[pl.DataFrame, bool]:
    """Return a table of the book under its own column names (True), or one of the source as it is (False)."""
    if name in intakes:
        return intakes[name].typed, True
    if (found := find_source(name, raw)) is not None:
        return raw[found].frame, False
    raise _NotThereError(f"a table '{name}'", sorted({*intakes, *raw}))


def _values(frame: pl.DataFrame, name: str, table: str, *, of_book: bool) -> pl.Series:
    """Return a column by its name in the source's terms: money of the book in units of the currency."""
    column = _pick_column(name, frame, table)
    is_cents = of_book and any(known.book_name == column != known.name for known in TABLES[table].columns)
    return frame[column] / 100 if is_cents else frame[column]


def _pick_column(name: str, frame: pl.DataFrame, table: str) -> str:
    if name in frame.columns:
        return name
    if f"{name}_cents" in frame.columns:
        return f"{name}_cents"
    raise _NotThereError(f"a column of {table} called '{name}'", frame.columns)


def _typed(values: pl.Series, column: Column, table: str, mapping: SourceMapping) -> pl.Series:
    """Values of another column as this column's type."""
    if values.dtype == column.dtype and column.kind is not Kind.MONEY:
        return values.alias(column.book_name)
    place = Place(table, column, mapping.format if values.dtype == pl.String else Format(), mapping.currency)
    return read_column(values, place).values.alias(column.book_name)


def _note(place: str, table: str, text: str, hint: str, evidence: dict[str, Any]) -> Finding:
    return Finding("BK530", Severity.NOTE, table, f"By the mapping's {place}, {text}.", hint, evidence)


def _rows(
    way: RowsFrom, intakes: dict[str, Intake], raw: Mapping[str, RawTable], mapping: SourceMapping, place: str
) -> Finding:
    table = TABLES[way.table]
    frame, of_book = _source(way.source, intakes, raw)
    by_name = {column.name: column for column in table.columns}
    columns = [
        _typed(_values(frame, source, way.source, of_book=of_book), by_name[name], table.name, mapping)
        for name, source in way.columns.items()
    ]
    made = pl.DataFrame(columns)
    for name, constant in way.constants.items():
        value = _typed(pl.Series(name, [constant]), by_name[name], table.name, mapping)
        made = made.with_columns(value.new_from_index(0, made.height))
    keys = [name for name in table.key if name in made.columns] or made.columns
    made = made.drop_nulls([column.book_name for column in table.columns if column.required and column.name in made])
    made = made.sort([*keys, *(name for name in made.columns if name not in keys)], nulls_last=True)
    made = made.unique(keys, keep="first", maintain_order=True)
    if way.table in intakes:
        before = intakes[way.table]
        made = made.join(before.typed.select(keys).drop_nulls(), on=keys, how="anti", maintain_order="left")
    text = made.cast(pl.String)
    origin = f"derived from {way.source}"
    rows = pl.int_range(1, made.height + 1, dtype=pl.UInt32, eager=True)
    full = made.select(
        pl.col(name) if name in made.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in table.schema.items()
    )
    new = Intake(table, text, rows, pl.repeat(0, made.height, dtype=pl.UInt16, eager=True), (origin,), full)
    intakes[way.table] = new if way.table not in intakes else _stack(intakes[way.table], new)
    what = f"{made.height:,} rows of {way.table} are made from {way.source}"
    return _note(place, way.table, what, "", {"n_rows": made.height, "from": way.source})


def _stack(first: Intake, second: Intake) -> Intake:
    """Rows that were read, then rows that were derived."""
    named = {column.book_name: first.spelled.get(column.name, column.name) for column in first.table.columns}
    under = {named[name] if named[name] in first.raw.columns else name: name for name in reversed(second.raw.columns)}
    raw = second.raw.select(pl.col(name).alias(shown) for shown, name in under.items())
    stacked = Intake(
        first.table,
        pl.concat([first.raw, raw], how="diagonal_relaxed"),
        pl.concat([first.rows, second.rows]),
        pl.concat([first.origin, second.origin + len(first.origins)]),
        (*first.origins, *second.origins),
        pl.concat([first.typed, second.typed], how="diagonal_relaxed"),
        spelled=first.spelled,
        findings=first.findings,
        reasons=first.reasons,
    )
    stacked.rejected[: len(first.rejected)] = first.rejected
    return stacked


def _lookup(
    way: Lookup, intakes: dict[str, Intake], raw: Mapping[str, RawTable], mapping: SourceMapping, place: str
) -> Finding:
    table_name, _, name = way.column.partition(".")
    if table_name not in intakes:
        raise _NotThereError(f"a table '{table_name}'", sorted(intakes))
    intake, column = intakes[table_name], TABLES[table_name].column(name)
    frame, of_book = _source(way.source, intakes, raw)
    here = [_pick_column(own, intake.typed, table_name) for own in way.match]
    there = [_pick_column(other, frame, way.source) for other in way.match.values()]
    take = _values(frame, way.take, way.source, of_book=of_book)
    weigh = _pick_column(way.weigh, frame, way.source) if way.weigh else None
    choices = frame.select(
        *(
            pl.col(other).cast(intake.typed[own].dtype, strict=False).alias(own)
            for own, other in zip(here, there, strict=True)
        ),
        __taken=take,
        __weight=pl.col(weigh).cast(pl.Float64, strict=False).fill_null(0.0) if weigh else pl.lit(0.0),
    ).drop_nulls([*here, "__taken"])
    picked, evidence = PICKS[way.pick](choices, here)
    joined = intake.typed.select(here).join(picked, on=here, how="left", maintain_order="left")
    values = _typed(joined["__taken"], column, table_name, mapping)
    before = intake.typed[column.book_name].null_count()
    filled = pl.DataFrame({"own": intake.typed[column.book_name], "new": values}).select(pl.coalesce("own", "new"))
    intake.typed = intake.typed.with_columns(filled.to_series().alias(column.book_name))
    n_filled = before - intake.typed[column.book_name].null_count()
    manner = {"only": "the only", "most": "the most frequent"}.get(way.pick, f"the {way.pick}")
    what = f"{way.column} is {manner} {way.take} of the matching {way.source} in {n_filled:,} rows"
    if n_left := before - n_filled:
        what += f"; {n_left:,} stay empty"
    if evidence.get("n_several"):
        what += f"; {evidence['n_several']:,} had several to choose from"
    if evidence.get("n_tied"):
        what += f" ({evidence['n_tied']:,} tied, settled by id)"
    return _note(place, table_name, what, PICK_HINTS[way.pick], {"n_rows": n_filled, "n_empty": n_left, **evidence})


PICK_HINTS = {
    "only": "where there are several different ones, none is taken: choose with pick = …",
    "smallest": "",
    "largest": "",
    "most": "nothing to do; where the source knows better, map its column",
}


def _only(choices: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    grouped = choices.group_by(keys).agg(pl.col("__taken").first(), n=pl.col("__taken").n_unique())
    several = grouped.filter(pl.col("n") > 1)
    return grouped.filter(pl.col("n") == 1).select(*keys, "__taken"), {"n_several": several.height}


def _smallest(choices: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    return choices.group_by(keys).agg(pl.col("__taken").min()), {}


def _largest(choices: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    return choices.group_by(keys).agg(pl.col("__taken").max()), {}


def _most(choices: pl.DataFrame, keys: list[str]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the most frequent value; of equals the one of the largest weight; of those the first by id."""
    counted = choices.group_by([*keys, "__taken"]).agg(n=pl.len(), weight=pl.col("__weight").sum())
    ranked = counted.sort([*keys, "n", "weight", "__taken"], descending=[*([False] * len(keys)), True, True, False])
    best = ranked.group_by(keys, maintain_order=True).agg(
        pl.col("__taken").first(),
        several=pl.len() > 1,
        tied=((pl.col("n") == pl.col("n").first()) & (pl.col("weight") == pl.col("weight").first())).sum() > 1,
    )
    evidence = {"n_several": int(best["several"].sum()), "n_tied": int(best["tied"].sum())}
    return best.select(*keys, "__taken"), evidence


PICKS = {"only": _only, "smallest": _smallest, "largest": _largest, "most": _most}


def _until_next(way: UntilNext, intakes: dict[str, Intake], place: str) -> Finding:
    if way.table not in intakes:
        raise _NotThereError(f"a table '{way.table}'", sorted(intakes))
    intake = intakes[way.table]
    frame = intake.typed.with_row_index(AT).sort([*way.per, way.start, AT])
    next_start = pl.col(way.start).shift(-1).over(list(way.per)) if way.per else pl.col(way.start).shift(-1)
    end = next_start.dt.offset_by("-1d")
    if way.last_months is not None:
        end = end.fill_null(pl.col(way.start).dt.offset_by(f"{way.last_months}mo").dt.offset_by("-1d"))
    ended = frame.with_columns(pl.col(way.end).fill_null(end)).sort(AT)[way.end]
    n_filled = intake.typed[way.end].null_count() - ended.null_count()
    intake.typed = intake.typed.with_columns(ended)
    what = f"{way.table}.{way.end} is the day before the next {way.start} in {n_filled:,} rows"
    return _note(place, way.table, what, "", {"n_rows": n_filled})


def _text(way: Text, intakes: dict[str, Intake], place: str) -> Finding:
    table_name, _, name = way.column.partition(".")
    if table_name not in intakes:
        raise _NotThereError(f"a table '{table_name}'", sorted(intakes))
    intake, column = intakes[table_name], TABLES[table_name].column(name)
    fields = re.findall(r"{(\w+)}", way.template)
    used = [_values(intake.typed, field, table_name, of_book=True).cast(pl.String) for field in fields]
    put_together = pl.format(re.sub(r"{\w+}", "{}", way.template), *(pl.lit(values) for values in used))
    text = intake.typed.with_columns(put_together.alias(AT))[AT]
    before = intake.typed[column.book_name].null_count()
    filled = pl.DataFrame({"own": intake.typed[column.book_name], "new": text}).select(pl.coalesce("own", "new"))
    intake.typed = intake.typed.with_columns(filled.to_series().alias(column.book_name))
    n_filled = before - intake.typed[column.book_name].null_count()
    return _note(place, table_name, f"{way.column} is written in {n_filled:,} rows", "", {"n_rows": n_filled})
