"""A mapping and an export as the page of columns shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.mapping import Format
from evenhand.book.mapping_text import find_lines, render_mapping
from evenhand.book.matching import match_columns
from evenhand.book.proposals import list_stages, propose_derivations, say_derivation, suggest_stage
from evenhand.book.tables import TABLES, Kind
from evenhand.web.forms.mapping import AS_ABOVE, DATE_FORMATS, NUMBER_FORMATS, NUMBERS, SCALES, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from evenhand.book.mapping import SourceMapping
    from evenhand.book.proposals import Proposal
    from evenhand.book.raw import RawTable
    from evenhand.book.tables import Column
    from evenhand.foundation.findings import Finding

_N_SAMPLES = 3
_MOST_LETTERS = 36
_MANY_COLUMNS = 80
_MOST_NAMED = 12


@dataclass(frozen=True)
class Choice:
    """An option of a select."""

    value: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True)
class FileRow:
    """A table of the export, and what it is."""

    place: str
    where: str
    n_rows: int
    n_columns: int
    columns: str
    choices: list[Choice]


@dataclass(frozen=True)
class ColumnRow:
    """A column of the book, and which of the export's it is."""

    column: Column
    place: str
    choices: list[Choice]
    is_mapped: bool
    said: str
    samples: str
    always: str = ""
    dates: list[Choice] = field(default_factory=list)
    numbers: list[Choice] = field(default_factory=list)
    scales: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class FurtherRow:
    """A column of the export that is none of the book's."""

    name: str
    samples: str
    is_left_out: bool
    suggestion: str


@dataclass(frozen=True)
class TableSection:
    """A table of the book: where it comes from, and its columns, those in use first."""

    name: str
    text: str
    where: str
    first: list[ColumnRow]
    others: list[ColumnRow]
    further: list[FurtherRow]
    n_mapped: int


@dataclass(frozen=True)
class StageRow:
    """A stage that the export names."""

    name: str
    number: str
    meaning: str


@dataclass(frozen=True)
class MappingPage:
    """Everything that the form of a mapping shows."""

    files: list[FileRow]
    tables: list[TableSection]
    stages: list[StageRow]
    derived: list[str]
    proposals: tuple[Proposal, ...]
    dates: list[Choice]
    numbers: list[Choice]
    currency: str
    text: str


@dataclass(frozen=True)
class FoundRow:
    """A finding of the preview, with the lines that would mend it."""

    finding: Finding
    lines: str


def lay_out(mapping: SourceMapping, raw: Mapping[str, RawTable]) -> MappingPage:
    """Lay a mapping of an export out as a form."""
    taken = sources_of(mapping, raw)
    files = [_file(i, name, raw[name], taken[name]) for i, name in enumerate(sorted(raw))]
    tables = [
        _section(own, [name for name in raw if own in taken[name]], mapping, raw)
        for own in TABLES
        if any(own in names for names in taken.values())
    ]
    return MappingPage(
        files,
        tables,
        [_stage(name, mapping) for name in list_stages(mapping, raw)],
        [say_derivation(entry) for entry in mapping.derive],
        propose_derivations(mapping, raw),
        _choose(DATE_FORMATS, mapping.format.date_format or ""),
        _choose(NUMBER_FORMATS, _number_of(mapping.format)),
        mapping.currency or "",
        render_mapping(mapping),
    )


def pick_findings(findings: Iterable[Finding]) -> list[FoundRow]:
    """Return the findings that matter while columns are mapped, with the lines that mend them."""
    rows = [FoundRow(finding, find_lines(finding.hint)) for finding in findings]
    return [row for row in rows if str(row.finding.severity) != "note" or row.lines][:_MOST_NAMED]


def _file(i: int, name: str, table: RawTable, taken: list[str]) -> FileRow:
    first = taken[0] if taken else ""
    choices = [Choice("", "none of these: left out", not taken)]
    choices += [Choice(own, own.replace("_", " "), own == first) for own in TABLES]
    names = table.frame.columns
    shown = ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )
    return FileRow(f"t.{i}", table.where, table.frame.height, len(names), shown, choices)


def _section(own: str, sources: list[str], mapping: SourceMapping, raw: Mapping[str, RawTable]) -> TableSection:
    said, frames = mapping.table(own), [raw[name].frame for name in sources]
    frame = frames[0] if len(frames) == 1 else pl.concat([each.head(50) for each in frames], how="diagonal_relaxed")
    samples = {name: _sample(frame[name]) for name in frame.columns}
    rows = [_column(own, column, mapping, samples) for column in TABLES[own].columns]
    used = {said.columns.get(row.column.name, row.column.name) for row in rows if row.is_mapped}
    matched = match_columns(TABLES[own], frame)
    lacking = {match.source: name for name, match in matched.items() if not _is_mapped(rows, name)}
    further = [
        FurtherRow(name, samples[name], name in said.leave_out, lacking.get(name, ""))
        for name in frame.columns
        if name not in used
    ]
    first = [row for row in rows if row.is_mapped or row.column.required or row.always]
    return TableSection(
        own,
        TABLES[own].text,
        " and ".join(raw[name].where for name in sources),
        first,
        [row for row in rows if row not in first],
        further,
        len(used),
    )


def _is_mapped(rows: list[ColumnRow], name: str) -> bool:
    return next(row.is_mapped for row in rows if row.column.name == name)


def _column(own: str, column: Column, mapping: SourceMapping, samples: Mapping[str, str]) -> ColumnRow:
    said = mapping.table(own)
    explicit = said.columns.get(column.name)
    source = explicit or column.name
    is_mapped = source in samples and (explicit is not None or source not in said.leave_out)
    with_samples = len(samples) <= _MANY_COLUMNS
    choices = [Choice("", "not in the export", not is_mapped)]
    choices += [
        Choice(f"={name}", f"{name} ({shown})" if shown and with_samples else name, is_mapped and name == source)
        for name, shown in samples.items()
    ]
    derived = [entry for entry in mapping.derive if getattr(entry, "column", "") == f"{own}.{column.name}"]
    ends = [e for e in mapping.derive if getattr(e, "table", "") == own and getattr(e, "end", "") == column.name]
    words = "derived, see below" if derived or ends else ""
    if is_mapped:
        words = "recognised by its name" if explicit is None else ""
    form = said.formats.get(column.name, Format())
    own_date = form.date_format or (AS_ABOVE if "date_format" not in form.model_fields_set else "")
    own_number = _number_of(form) if {"decimal", "thousands"} & form.model_fields_set else AS_ABOVE
    is_date, is_number = column.kind is Kind.DATE and is_mapped, column.kind in NUMBERS and is_mapped
    return ColumnRow(
        column,
        f"{own}.{column.name}",
        choices,
        is_mapped,
        words,
        samples.get(source, "") if is_mapped else "",
        str(said.constants.get(column.name, "")),
        _choose(((AS_ABOVE, "as all dates"), *DATE_FORMATS[1:]), own_date) if is_date else [],
        _choose(((AS_ABOVE, "as all numbers"), *NUMBER_FORMATS[1:]), own_number) if is_number else [],
        _choose(SCALES, f"{form.scale:.12g}") if column.kind in (Kind.MONEY, Kind.NUMBER) and is_mapped else [],
    )


def _number_of(form: Format) -> str:
    return form.decimal + (form.thousands or "")


def _choose(pairs: Iterable[tuple[str, str]], chosen: str) -> list[Choice]:
    choices = [Choice(value, label, value == chosen) for value, label in pairs]
    return (
        choices if any(choice.is_chosen for choice in choices) else [*choices, Choice(chosen, chosen, is_chosen=True)]
    )


def _stage(name: str, mapping: SourceMapping) -> StageRow:
    stage = mapping.stages.get(name)
    if stage is None:
        likely = suggest_stage(name) if not mapping.stages else None
        return StageRow(name, "" if likely is None else str(likely.number), "open")
    return StageRow(name, str(stage.number), "won" if stage.won else "lost" if stage.closed else "open")


def _sample(values: pl.Series) -> str:
    some = values.drop_nulls().head(200).unique(maintain_order=True).head(_N_SAMPLES).cast(pl.String).to_list()
    text = ", ".join(value for value in some if value)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
