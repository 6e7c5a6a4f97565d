"""From a source's tables to the book's: which file is which table, which column is what, and typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.intake import Intake
from evenhand.book.raw import RawTable, find_source
from evenhand.book.tables import TABLES, Column, Table
from evenhand.book.values import Place, Problem, as_text, read_column
from evenhand.foundation.findings import Finding, Severity
from evenhand.foundation.spelling import find_nearest

LIKELY = 0.8
"""How alike a further column's name must be to one the book lacks to be suggested for it."""

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
                near = find_nearest(source, raw)
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
        near = find_nearest(name, TABLES)
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
    """Return the sources that only a derivation or a check names."""
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
    # Not even the file of rejected rows has what is left out: it may be personal.
    kept = raw.drop(name for name in said.leave_out if name in raw.columns and name not in mapped_from)
    intake = Intake(
        table, kept, rows, origin, tuple(part.where for part in parts), pl.DataFrame(), spelled=spelled, lines=lines
    )
    intake.findings.extend(_column_findings(table, said, raw.columns, spelled, intake.origins))
    typed: list[pl.Series] = []
    for column in table.columns:
        values, problems = _column(column, intake, said, mapping, currency)
        typed.append(values)
        for problem in problems:
            _report(intake, column, problem, said)
    known = {column.book_name for column in table.columns}
    further = [name for name in intake.raw.columns if name not in mapped_from]
    for name in further:
        text = _replaced(as_text(raw[name].cast(pl.String) if raw[name].dtype == pl.Null else raw[name]), said, name)
        typed.append(text.alias(name if name not in known else f"{name} (source)"))
    intake.typed = pl.DataFrame(typed)
    return intake


def _spelled(table: Table, said: TableMapping, columns: list[str]) -> tuple[dict[str, str], set[str]]:
    """How the source spells each column of the table, and which of the source's columns are taken so."""
    spelled = {
        column.name: said.columns.get(column.name, column.name)
        for column in table.columns
        if said.columns.get(column.name, column.name) in columns
        and (column.name in said.columns or column.name not in said.leave_out)
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
    if column.name in said.values:
        source = _replaced(as_text(source), said, column.name)
    place = Place(intake.table.name, column, mapping.format_of(intake.table.name, column.name), currency)
    reading = read_column(source, place)
    return reading.values, reading.problems


def _replaced(text: pl.Series, said: TableMapping, name: str) -> pl.Series:
    """Text with the words of the source turned into those of the mapping."""
    values = said.values.get(name)
    return text.replace(list(values), list(values.values())).alias(text.name) if values else text


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
            near = find_nearest(source, columns)
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
    further = [name for name in columns if name not in spelled.values() and name not in said.leave_out]
    findings.extend(_left_out(table, said, columns, spelled, where))
    for section in ("values", "refers_to"):
        findings.extend(
            _not_there(table, name, section, where, further)
            for name in getattr(said, section)
            if name not in further and name not in spelled and name not in said.constants
        )
    if further:
        findings.append(_further_columns(table, said, further, spelled, where))
    return findings


def _left_out(
    table: Table, said: TableMapping, columns: list[str], spelled: dict[str, str], where: str
) -> list[Finding]:
    """Note the columns that the mapping leaves out; one that is taken or isn't there is a mistake in it."""
    findings: list[Finding] = []
    left = [name for name in said.leave_out if name in columns and name not in spelled.values()]
    if left:
        text = f"{where}: {', '.join(left)} {'is' if len(left) == 1 else 'are'} left out, as the mapping says."
        evidence = {"file": where, "columns": left}
        findings.append(Finding("BK207", Severity.NOTE, table.name, text, "", evidence))
    for name in said.leave_out:
        taken = next((own for own, source in spelled.items() if source == name), None)
        if taken is not None:
            message = f"The mapping leaves out {name!r} of {where}, but takes {table.name}.{taken} from it."
            hint = "say one of the two"
        elif name not in columns:
            message = f"The mapping leaves out a column {name!r}, which {where} does not have."
            near = find_nearest(name, columns)
            hint = f"did you mean {near!r}?" if near else f"its columns: {', '.join(columns)}"
        else:
            continue
        evidence = {"file": where, "column": name}
        findings.append(Finding("BK521", Severity.WARNING, f"{table.name}.{name}", message, hint, evidence))
    return findings


def _not_there(table: Table, name: str, section: str, where: str, further: list[str]) -> Finding:
    near = find_nearest(name, further)
    return Finding(
        "BK521",
        Severity.ERROR,
        f"{table.name}.{name}",
        f"The mapping's tables.{table.name}.{section} names a column {name!r}, which {where} does not have.",
        f"did you mean {near!r}?" if near else f"its further columns: {', '.join(further) or 'none'}",
        {"file": where, "column": name},
    )


def _further_columns(
    table: Table, said: TableMapping, further: list[str], spelled: dict[str, str], where: str
) -> Finding:
    """Note the columns a book does not know, with those that look like one it lacks."""
    missing = [column.name for column in table.columns if column.name not in (*spelled, *said.constants)]
    likely = {near: name for name in further if (near := find_nearest(name, missing, cutoff=LIKELY)) is not None}
    lines = "\n".join(f'{near} = "{name}"' for near, name in likely.items())
    hint = f"if these are the book's, add to the mapping file:\n[tables.{table.name}.columns]\n{lines}"
    taken = {column.book_name for column in table.columns}
    renamed = [name for name in further if name in taken]
    also = f" ({', '.join(renamed)} under the name '… (source)')" if renamed else ""
    one = len(further) == 1
    return Finding(
        "BK204",
        Severity.NOTE,
        table.name,
        f"{where} has {'a column' if one else f'{len(further)} columns'} that a book does not know, "
        f"kept as text{also}: {', '.join(further)}.",
        hint if likely else "",
        {"file": where, "columns": further, "likely": likely},
    )
