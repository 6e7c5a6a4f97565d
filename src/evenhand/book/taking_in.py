"""From a source's tables to the book's: which file is which table, which column is what, and typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.intake import Intake
from evenhand.book.raw import RawTable, find_source, nearest
from evenhand.book.tables import TABLES, Column, Table
from evenhand.book.values import Place, Problem, as_text, read_column
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.mapping import SourceMapping, TableMapping


def assign_sources(
    raw: Mapping[str, RawTable], mapping: SourceMapping
) -> tuple[dict[str, list[RawTable]], list[Finding]]:
    """Say which of a source's tables are which of the book's.

    Parameters
    ----------
    raw
        The source's tables by file stem or sheet name.

    Returns
    -------
    parts
        The source's tables for each of the book's that has any.
    findings
        Tables a mapping names but the source lacks; sources that are no table of a book.
    """
    findings: list[Finding] = []
    parts: dict[str, list[RawTable]] = {}
    used: set[str] = set()
    for table in TABLES.values():
        named = mapping.table(table.name).sources
        for source in (table.name,) if named is None else named:
            found = find_source(source, raw)
            if found is None and named:
                near = nearest(source, raw)
                findings.append(
                    Finding(
                        "BK520",
                        Severity.ERROR,
                        table.name,
                        f"The mapping takes {table.name} from {source!r}, which the source does not have.",
                        f"did you mean {near!r}?" if near else f"the source has: {', '.join(sorted(raw)) or 'nothing'}",
                        {"source": source},
                    )
                )
            if found is not None:
                used.add(found)
                parts.setdefault(table.name, []).append(raw[found])
    used.update(_named_elsewhere(raw, mapping))
    for name in sorted(set(raw) - used):
        near = nearest(name, TABLES)
        hint = (
            f'add to the mapping file:\n[tables.{near}]\nfrom = "{name}"'
            if near
            else f"if it should be one of {', '.join(TABLES)}, name it in the mapping file; otherwise nothing to do"
        )
        findings.append(
            Finding(
                "BK112",
                Severity.NOTE,
                name,
                f"{raw[name].where} is no table of a book and is left out.",
                hint,
                {"file": raw[name].file, "n_rows": raw[name].frame.height},
            )
        )
    return parts, findings


def _named_elsewhere(raw: Mapping[str, RawTable], mapping: SourceMapping) -> set[str]:
    """Sources that only a derivation or a check names."""
    named = {getattr(derivation, "source", "") for derivation in mapping.derive}
    for table in mapping.tables.values():
        named.update(target.rpartition(".")[0] for target in table.refers_to.values())
    return {found for name in named if (found := find_source(name, raw)) is not None}


def take_in(table: Table, parts: list[RawTable], mapping: SourceMapping, currency: str | None) -> Intake:
    """Read the columns of a table, naming all that can't be read.

    Parameters
    ----------
    parts
        The source's tables that are stacked to this one.
    currency
        Whose signs may stand beside amounts; None for none.
    """
    said = mapping.table(table.name)
    raw = parts[0].frame if len(parts) == 1 else pl.concat([part.frame for part in parts], how="diagonal_relaxed")
    rows = parts[0].row_numbers if len(parts) == 1 else pl.concat([part.row_numbers for part in parts])
    lines = parts[0].lines if len(parts) == 1 else None
    origin = pl.concat([pl.repeat(i, part.frame.height, dtype=pl.UInt16, eager=True) for i, part in enumerate(parts)])
    spelled, mapped_from = _spelled(table, said, raw.columns)
    intake = Intake(
        table, raw, rows, origin, tuple(part.where for part in parts), pl.DataFrame(), spelled=spelled, lines=lines
    )
    intake.findings.extend(_column_findings(table, said, raw.columns, spelled, intake.origins))
    typed: list[pl.Series] = []
    for column in table.columns:
        values, problems = _column(column, intake, said, mapping, currency)
        typed.append(values)
        for problem in problems:
            _report(intake, column, problem, said)
    known = {column.book_name for column in table.columns}
    further = [name for name in raw.columns if name not in mapped_from]
    typed.extend(
        as_text(raw[name]).alias(name if name not in known else f"{name} (source)")
        for name in further
        if raw[name].dtype != pl.Null or raw.height == 0
    )
    intake.typed = pl.DataFrame(typed)
    return intake


def _spelled(table: Table, said: TableMapping, columns: list[str]) -> tuple[dict[str, str], set[str]]:
    """How the source spells each column of the table, and which of the source's columns are taken so."""
    spelled = {
        column.name: said.columns.get(column.name, column.name)
        for column in table.columns
        if said.columns.get(column.name, column.name) in columns
    }
    return spelled, set(spelled.values())


def _column(
    column: Column, intake: Intake, said: TableMapping, mapping: SourceMapping, currency: str | None
) -> tuple[pl.Series, tuple[Problem, ...]]:
    n = intake.raw.height
    if column.name not in intake.spelled:
        constant = said.constants.get(column.name)
        if constant is None:
            return pl.Series(column.book_name, [None], dtype=column.dtype).new_from_index(0, n), ()
        source = pl.Series(column.name, [str(constant).lower() if isinstance(constant, bool) else str(constant)])
        place = Place(intake.table.name, column, mapping.format, currency)
        reading = read_column(source, place)
        if any(problem.severity is Severity.ERROR for problem in reading.problems):
            return reading.values.new_from_index(0, n), tuple(
                Problem(pl.repeat(True, n, dtype=pl.Boolean, eager=True), p.code, p.what, p.hint, p.severity)
                for p in reading.problems
            )
        return reading.values.new_from_index(0, n), ()
    source = intake.raw[intake.spelled[column.name]]
    values = said.values.get(column.name)
    if values:
        text = as_text(source)
        source = text.replace(list(values), list(values.values())).alias(source.name)
    place = Place(intake.table.name, column, mapping.format_of(intake.table.name, column.name), currency)
    reading = read_column(source, place)
    return reading.values, reading.problems


def _report(intake: Intake, column: Column, problem: Problem, said: TableMapping) -> None:
    if problem.severity is Severity.ERROR and column.name in said.empty_if_bad:
        intake.report(
            problem.wrong,
            "BK325",
            column.name,
            f"{problem.what}; left empty, as the mapping says",
            problem.hint,
            severity=Severity.WARNING,
        )
        return
    intake.report(problem.wrong, problem.code, column.name, problem.what, problem.hint, severity=problem.severity)


def _column_findings(
    table: Table, said: TableMapping, columns: list[str], spelled: dict[str, str], origins: tuple[str, ...]
) -> list[Finding]:
    where = " and ".join(origins)
    findings: list[Finding] = []
    for name, source in said.columns.items():
        if source not in columns:
            near = nearest(source, columns)
            findings.append(
                Finding(
                    "BK521",
                    Severity.ERROR,
                    f"{table.name}.{name}",
                    f"The mapping takes {name} from a column {source!r}, which {where} does not have.",
                    f"did you mean {near!r}?" if near else f"its columns: {', '.join(columns)}",
                    {"file": where, "column": source},
                )
            )
    known = {column.name for column in table.columns}
    taken = set(spelled.values())
    missing = [column.name for column in table.columns if column.name not in spelled]
    for name in columns:
        if name in taken:
            continue
        near = nearest(name, [column for column in missing if column not in said.constants])
        hint = f'if it is {near}, add to the mapping file:\n[tables.{table.name}.columns]\n{near} = "{name}"' if near else ""
        findings.append(
            Finding(
                "BK204",
                Severity.NOTE,
                f"{table.name}.{name}",
                f"{where} has a column {name!r} that a book does not know; it is kept as text"
                + (f" under the name '{name} (source)'." if name in {c.book_name for c in table.columns} else "."),
                hint or "nothing to do",
                {"file": where, "column": name, "known": sorted(known)},
            )
        )
    return findings

