"""What a source lacks: tables, columns, rows; and what that switches off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.book.tables import TABLES, Table
from evenhand.foundation.findings import Finding, Severity
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evenhand.book.intake import Intake


def name_missing(intakes: Mapping[str, Intake]) -> list[Finding]:
    """Name the tables and columns that the source lacks, and what that switches off."""
    found: list[Finding] = []
    for table in TABLES.values():
        if table.name not in intakes:
            found.append(_missing_table(table))
            continue
        intake = intakes[table.name]
        found.extend(_without_values(intake))
        for column in table.columns:
            if not column.required or column.name in intake.spelled:
                continue
            if intake.typed[column.book_name].is_not_null().any():
                continue
            near = find_nearest(
                column.name, [name for name in intake.raw.columns if name not in intake.spelled.values()]
            )
            where = " and ".join(intake.origins)
            line = f'[tables.{table.name}.columns]\n{column.name} = "{near or "<its column>"}"'
            found.append(
                Finding(
                    "BK202",
                    Severity.ERROR,
                    f"{table.name}.{column.name}",
                    f"{where} has no column {column.name}, which every row of {table.name} needs.",
                    f"add it, or say in the mapping file which column it is:\n{line}",
                    {"file": where, "column": column.name, "known": list(intake.raw.columns)},
                )
            )
    return found


def _without_values(intake: Intake) -> list[Finding]:
    """Note the optional columns without any value."""
    columns = [
        column
        for column in intake.table.columns
        if not column.required and intake.typed[column.book_name].null_count() == intake.typed.height
    ]
    if not columns or not intake.typed.height:
        return []
    return [
        Finding(
            "BK206",
            Severity.NOTE,
            intake.table.name,
            f"{intake.table.name} has no value in {', '.join(column.name for column in columns)}; "
            "what builds on them is switched off or computed another way.",
            "where the source has them under other names, map them",
            {"columns": {column.name: column.text for column in columns}},
        )
    ]


def _missing_table(table: Table) -> Finding:
    columns = ", ".join(column.name for column in table.columns if column.required)
    if table.required:
        return Finding(
            "BK201",
            Severity.ERROR,
            table.name,
            f"The source has no table {table.name}, which a book needs.",
            f"add a file {table.name}.csv (or .parquet, .xlsx, or a sheet of that name) with at least {columns}; "
            f'or name the file in the mapping file:\n[tables.{table.name}]\nfrom = "<its name>"',
        )
    return Finding(
        "BK203",
        Severity.NOTE,
        table.name,
        f"The source has no table {table.name}; switched off: {table.needed_for}.",
        f"add {table.name} with at least {columns}, or go on without",
    )


def name_unusable(table: Table, intakes: Mapping[str, Intake]) -> Finding:
    """Name a required table of which no row is accepted."""
    n_rows = intakes[table.name].raw.height
    return Finding(
        "BK205",
        Severity.ERROR,
        table.name,
        f"None of the {n_rows:,} rows of {table.name} can be accepted, so there is no book.",
        f"correct the errors of {table.name} named here and admit again",
        {"n_rows": n_rows, "file": " and ".join(intakes[table.name].origins)},
    )
