"""A mapping as a form: what each file is, which column is what, what is derived; read back into a mapping.

The form carries the mapping it shows, so that what it has no field for stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenhand.book.mapping import Format, SourceMapping, Stage, TableMapping, read_mapping
from evenhand.book.mapping_text import render_mapping
from evenhand.book.matching import suggest_table
from evenhand.book.proposals import add_proposal, propose_derivations
from evenhand.book.raw import find_source
from evenhand.book.tables import TABLES, Kind, Table
from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

    from evenhand.book.raw import RawTable

DATE_FORMATS: tuple[tuple[str, str], ...] = (
    ("", "2026-12-31"),
    ("%d/%m/%Y", "31/12/2026"),
    ("%m/%d/%Y", "12/31/2026"),
    ("%d.%m.%Y", "31.12.2026"),
    ("%d-%b-%Y", "31-Dec-2026"),
    ("%Y%m%d", "20261231"),
    ("serial", "46387 (a spreadsheet's day number)"),
)
NUMBER_FORMATS: tuple[tuple[str, str], ...] = (
    (".", "1234.56"),
    (".,", "1,234.56"),
    (",", "1234,56"),
    (",.", "1.234,56"),
    (", ", "1 234,56"),
    (".'", "1'234.56"),
)
"""The decimal sign, then the thousands separator where there is one."""
SCALES: tuple[tuple[str, str], ...] = (("1", "as it stands"), ("1000", "in thousands"), ("1000000", "in millions"))
AS_ABOVE = "-"
NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.COUNT)
MOST_STAGE = 20


def sources_of(mapping: SourceMapping, raw: Mapping[str, RawTable]) -> dict[str, list[str]]:
    """Return the tables of a book that each of a source's tables is taken for."""
    taken: dict[str, list[str]] = {name: [] for name in raw}
    for own in TABLES:
        said = mapping.table(own).sources
        for source in (own,) if said is None else said:
            found = find_source(source, raw)
            if found is not None:
                taken[found].append(own)
    return taken


def read_form(data: QueryDict, raw: Mapping[str, RawTable]) -> SourceMapping:
    """Read the mapping that a form says.

    Raises
    ------
    InputError
        Naming each field that can't be taken.
    """
    mapping = read_mapping(data.get("mapping", ""), "mapping")
    mapping = _with_tables(mapping, data, raw)
    mapping = mapping.model_copy(
        update={
            "currency": _currency(data.get("currency", "")) if "currency" in data else mapping.currency,
            "format": _format(mapping.format, data, "fmt", ""),
            "stages": _stages(mapping, data),
        }
    )
    if data.get("derive_shown"):
        kept = set(data.getlist("d"))
        derive = tuple(entry for i, entry in enumerate(mapping.derive) if str(i) in kept)
        mapping = mapping.model_copy(update={"derive": derive})
    wanted = set(data.getlist("p"))
    for _ in range(len(wanted)):
        proposal = next((each for each in propose_derivations(mapping, raw) if each.key in wanted), None)
        if proposal is None:
            break
        mapping = add_proposal(mapping, proposal)
        wanted.discard(proposal.key)
    return read_mapping(render_mapping(mapping), "mapping")  # checked as a file would be


def _with_tables(mapping: SourceMapping, data: QueryDict, raw: Mapping[str, RawTable]) -> SourceMapping:
    before, after = sources_of(mapping, raw), {}
    for i, name in enumerate(sorted(raw)):
        said = data.get(f"t.{i}")
        first = before[name][0] if before[name] else ""
        if said is None or said == first:
            after[name] = before[name]
        else:
            after[name] = [] if said not in TABLES else list(dict.fromkeys([said, *before[name][1:]]))
    tables: dict[str, TableMapping] = {}
    for own in TABLES:
        sources = [name for name in raw if own in after[name]]
        if sources:
            tables[own] = _table(own, sources, mapping.table(own), data, raw)
        elif find_source(own, raw) is not None:
            tables[own] = TableMapping.model_validate({"from": ()})
    return mapping.model_copy(
        update={"tables": {name: said for name, said in tables.items() if said != TableMapping()}}
    )


def _table(
    own: str, sources: list[str], said: TableMapping, data: QueryDict, raw: Mapping[str, RawTable]
) -> TableMapping:
    suggested = suggest_table(own, sources, raw)
    if f"c.{own}.{TABLES[own].columns[0].name}" not in data:
        is_same = bool(said.columns) and set(said.columns.values()) <= _columns(sources, raw)
        return said.model_copy(update={"sources": suggested.sources}) if is_same else suggested
    there = _columns(sources, raw)
    columns, constants = dict(said.columns), dict(said.constants)
    formats = {name: form for name, form in said.formats.items() if name in {c.name for c in TABLES[own].columns}}
    left = set(data.getlist(f"x.{own}")) & there
    for column in TABLES[own].columns:
        chosen = data.get(f"c.{own}.{column.name}", "").removeprefix("=")
        columns.pop(column.name, None)
        constants.pop(column.name, None)
        if chosen in there:
            if chosen != column.name:
                columns[column.name] = chosen
            form = _format(formats.get(column.name, Format()), data, f"f.{own}.{column.name}", AS_ABOVE)
            formats.pop(column.name, None)
            if form.model_dump(exclude_unset=True):
                formats[column.name] = form
        else:
            if column.name in there:
                left.add(column.name)
            if always := data.get(f"k.{own}.{column.name}", "").strip():
                constants[column.name] = always
    used = {columns.get(name, name) for name in _taken(TABLES[own], columns, there, left)}
    said = said.model_copy(
        update={
            "sources": suggested.sources,
            "columns": columns,
            "constants": constants,
            "formats": formats,
            "leave_out": tuple(name for name in sorted(left) if name not in used),
        }
    )
    return TableMapping.model_validate(said.model_dump(by_alias=True, exclude_defaults=True))


def _taken(table: Table, columns: Mapping[str, str], there: set[str], left: set[str]) -> list[str]:
    """Return the book's columns that have one of the source's."""
    return [
        column.name
        for column in table.columns
        if column.name in columns or (column.name in there and column.name not in left)
    ]


def _columns(sources: list[str], raw: Mapping[str, RawTable]) -> set[str]:
    return {column for name in sources for column in raw[name].frame.columns}


def _format(form: Format, data: QueryDict, place: str, unsaid: str) -> Format:
    """Return a format with what the fields of a place say; other keys of it stay."""
    values: dict[str, Any] = form.model_dump(exclude_unset=True)
    date, number, scale = (data.get(f"{place}.{key}") for key in ("date", "number", "scale"))
    if date is not None:
        values.pop("date_format", None)
        if date and date != unsaid:
            values["date_format"] = date
    if number is not None:
        values.pop("decimal", None)
        values.pop("thousands", None)
        if number not in (unsaid, "", "."):
            values["decimal"] = number[0]
            if number[1:]:
                values["thousands"] = number[1:]
    if scale is not None:
        values.pop("scale", None)
        if scale not in ("", "1"):
            values["scale"] = scale
    try:
        return Format.model_validate(values)
    except ValueError as error:
        raise InputError({place.removeprefix("f."): f"can't be written so: {error}"}) from None


def _currency(text: str) -> str | None:
    text = text.strip().upper()
    if text and not (len(text) == 3 and text.isalpha() and text.isascii()):
        raise InputError({"currency": "Three letters, such as USD."})
    return text or None


def _stages(mapping: SourceMapping, data: QueryDict) -> dict[str, Stage]:
    stages, problems = dict(mapping.stages), {}
    for i, name in enumerate(data.getlist("st.name")):
        stages.pop(name, None)
        number, meaning = data.get(f"st.number.{i}", "").strip(), data.get(f"st.is.{i}", "open")
        if not number:
            continue
        if not number.isdecimal() or int(number) > MOST_STAGE:
            problems[f"stage {name}"] = (
                f"A whole number from 0 to {MOST_STAGE}: 1 discovery, 2 qualification, 3 and up."
            )
            continue
        stages[name] = Stage(number=int(number), closed=meaning != "open", won=meaning == "won")
    if problems:
        raise InputError(problems)
    return stages
