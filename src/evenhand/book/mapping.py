"""The mapping file: which column of an export is what, and how to derive what it lacks."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations
import re
import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from evenhand.book.tables import TABLES, Kind
from evenhand.foundation.errors import InputError
from evenhand.foundation.spelling import find_nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SERIAL = "serial"
"""The date format of a spreadsheet's day numbers (1 = 1900-01-01)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Format(_Strict):
    """How the text of a column is read, where it isn't ISO dates and plain numbers.

    Attributes
    ----------
    date_format
        strftime pattern such as ``%d/%m/%Y``, or ``serial`` for a spreadsheet's day numbers.
    decimal, thousands
        The decimal sign and the thousands separator of numbers.
    scale
        Multiplies numbers: 1_000_000 where a source gives millions.
    null_values
        Texts that mean "no value", besides the empty one.
    """

    date_format: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", "'", " ", "\u00a0", "\u202f"] | None = None
    scale: Annotated[float, Field(gt=0)] = 1.0
    null_values: tuple[str, ...] = ()

    @field_validator("date_format")
    @classmethod
    def _names_a_day(cls, value: str | None) -> str | None:
        if value not in (None, SERIAL) and "%" not in str(value):
            raise ValueError(f"must be a pattern such as %d/%m/%Y, or '{SERIAL}' for a spreadsheet's day numbers")
        return value


class Stage(_Strict):
    """What a stage's name means."""

    number: Annotated[int, Field(ge=0, le=20)]
    closed: bool = False
    won: bool = False

    @model_validator(mode="after")
    def _won_is_closed(self) -> Self:
        if self.won and not self.closed:
            raise ValueError("a won stage is a closed one: add closed = true")
        return self


class TableMapping(_Strict):
    """Where a table of the book comes from, and which of the source's columns is what."""

    sources: tuple[str, ...] | None = Field(default=None, alias="from")
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | bool | int | float | dt.date] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    formats: dict[str, Format] = Field(default_factory=dict)
    refers_to: dict[str, str] = Field(default_factory=dict)
    empty_if_bad: tuple[str, ...] = ()
    leave_out_orphans: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class RowsFrom(_Strict):
    """Rows for a table from the distinct values of another (territories from reps, for instance)."""

    kind: Literal["rows"]
    table: str
    source: str = Field(alias="from")
    columns: dict[str, str] = Field(min_length=1)
    constants: dict[str, str | bool | int | float | dt.date] = Field(default_factory=dict)


class Lookup(_Strict):
    """A column's missing values from the matching rows of another table."""

    kind: Literal["lookup"]
    column: str
    source: str = Field(alias="from")
    match: dict[str, str] = Field(min_length=1)
    take: str
    pick: Literal["only", "smallest", "largest", "most"] = "only"
    weigh: str | None = None


class UntilNext(_Strict):
    """The end of each period: the day before the next one starts."""

    kind: Literal["until-next"]
    table: str
    start: str
    end: str
    per: tuple[str, ...]
    last_months: Annotated[int, Field(ge=1, le=120)] | None = None


class Text(_Strict):
    """A column's missing values put together from other columns of its row."""

    kind: Literal["text"]
    column: str
    template: str

    @field_validator("template")
    @classmethod
    def _braces_hold_columns(cls, value: str) -> str:
        if re.search("[{}]", re.sub(r"{\w+}", "", value)):
            raise ValueError("braces may only hold the name of a column, as in {territory_id}")
        return value


Derivation = Annotated[RowsFrom | Lookup | UntilNext | Text, Field(discriminator="kind")]
DERIVATIONS: dict[str, type[BaseModel]] = {
    "rows": RowsFrom,
    "lookup": Lookup,
    "until-next": UntilNext,
    "text": Text,
}


class DatabaseReading(_Strict):
    """How a database is read, where the source is one.

    Attributes
    ----------
    queries
        A SELECT by the name that its rows have as a table of the source.
    namespace
        The schema of tables that are named without one; None for the database's own choice.
    statement_seconds
        The longest that a single statement may take.
    """

    queries: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    namespace: str | None = Field(default=None, alias="schema")
    statement_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600


class SourceMapping(_Strict):
    """A whole mapping file."""

    as_of: dt.date | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    format: Format = Field(default_factory=Format)
    database: DatabaseReading = Field(default_factory=DatabaseReading)
    tables: dict[str, TableMapping] = Field(default_factory=dict)
    stages: dict[str, Stage] = Field(default_factory=dict)
    derive: tuple[Derivation, ...] = ()

    @model_validator(mode="after")
    def _signs_differ(self) -> Self:
        formats = {"format": self.format}
        for name, table in self.tables.items():
            for column in table.formats:
                formats[f"tables.{name}.formats.{column}"] = self.format_of(name, column)
        for place, form in formats.items():
            if form.thousands == form.decimal:
                raise ValueError(f"{place}: decimal and thousands can't be the same sign, {form.decimal!r}")
        return self

    def table(self, name: str) -> TableMapping:
        """Return what is said of a table; nothing where it isn't named."""
        return self.tables.get(name, TableMapping())

    def format_of(self, table: str, column: str) -> Format:
        """Return how a column of the book is read: its own entry over the general one, key by key."""
        own = self.table(table).formats.get(column)
        if own is None:
            return self.format
        return Format(**{**self.format.model_dump(exclude_unset=True), **own.model_dump(exclude_unset=True)})


def read_mapping(text: str, file: str = "mapping") -> SourceMapping:
    """Read a mapping file.

    Parameters
    ----------
    text
        TOML, see the mapping's reference page.
    file
        Its name, for messages.

    Raises
    ------
    InputError
        With every wrong key and value by its place, and the nearest right name.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError({file: f"is not valid TOML: {error}"}) from error
    try:
        mapping = SourceMapping.model_validate(values)
    except ValidationError as error:
        raise InputError(_problems(error, values, file)) from error
    problems = {f"{file}: {place}": message for place, message in _wrong_names(mapping)}
    if problems:
        raise InputError(problems)
    return mapping


def _problems(error: ValidationError, values: dict[str, Any], file: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    for detail in error.errors():
        place = tuple(part for part in detail["loc"] if part not in DERIVATIONS)
        message = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "extra_forbidden":
            known = _known_keys(place[:-1], values)
            near = find_nearest(str(place[-1]), known)
            message = "is not a key here" + (f"; did you mean {near!r}?" if near else "")
            message += f" Known: {', '.join(known)}."
        problems[f"{file}: {'.'.join(str(part) for part in place)}"] = message
    return problems


def _known_keys(place: tuple[Any, ...], values: dict[str, Any]) -> list[str]:
    model: type[BaseModel] = SourceMapping
    if place[:1] == ("derive",):
        model = DERIVATIONS[values["derive"][place[1]]["kind"]]
    elif place[:1] == ("tables",):
        model = Format if place[2:3] == ("formats",) else TableMapping
    elif place[:1] == ("stages",):
        model = Stage
    elif place[:1] == ("format",):
        model = Format
    elif place[:1] == ("database",):
        model = DatabaseReading
    return [field.alias or name for name, field in model.model_fields.items()]


def _wrong_names(mapping: SourceMapping) -> list[tuple[str, str]]:
    """Name the tables and columns of the book that don't exist, with their place."""
    wrong: list[tuple[str, str]] = []
    for place, table, columns in _names(mapping):
        if table not in TABLES:
            near = find_nearest(table, TABLES)
            wrong.append((place, f"no table is called {table!r}" + (f"; did you mean {near!r}?" if near else "")))
            continue
        known = [column.name for column in TABLES[table].columns]
        for column in columns:
            if column not in known:
                near = find_nearest(column, known)
                hint = f"; did you mean {near!r}?" if near else f". Known: {', '.join(known)}"
                wrong.append((f"{place}.{column}", f"{table} has no column {column!r}{hint}"))
    for i, derivation in enumerate(mapping.derive):
        if isinstance(derivation, UntilNext) and derivation.table in TABLES:
            dates = [column.name for column in TABLES[derivation.table].columns if column.kind is Kind.DATE]
            wrong.extend(
                (f"derive.{i}.{key}", f"{getattr(derivation, key)!r} is not a date; {derivation.table} has {dates}")
                for key in ("start", "end")
                if getattr(derivation, key) not in dates
            )
    return wrong


def _names(mapping: SourceMapping) -> Iterator[tuple[str, str, Iterable[str]]]:
    """Yield the tables and columns of the book that a mapping names, with their place."""
    for name, said in mapping.tables.items():
        yield f"tables.{name}", name, ()
        if name in TABLES:
            for section in ("columns", "constants", "formats", "empty_if_bad", "leave_out_orphans"):
                yield f"tables.{name}.{section}", name, getattr(said, section)
    for i, derivation in enumerate(mapping.derive):
        place = f"derive.{i}"
        if isinstance(derivation, RowsFrom):
            yield place, derivation.table, (*derivation.columns, *derivation.constants)
        elif isinstance(derivation, UntilNext):
            yield place, derivation.table, (derivation.start, derivation.end, *derivation.per)
        else:
            table, _, column = derivation.column.partition(".")
            yield f"{place}.column", table, (column,)
