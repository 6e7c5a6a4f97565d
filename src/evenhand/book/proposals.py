"""What an export lacks and could be derived from what it has: proposals to a mapping, each in a sentence."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.export_names import STAGE_WORDS
from evenhand.book.mapping import Lookup, RowsFrom, Stage, Text, UntilNext
from evenhand.book.matching import fold, match_columns
from evenhand.book.raw import find_source
from evenhand.book.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.book.mapping import Derivation, SourceMapping
    from evenhand.book.raw import RawTable

MOST_STAGES = 30
"""More distinct values are no list of stages."""
MONTH_DAYS = 30.44


@dataclass(frozen=True)
class Proposal:
    """Something to add to a mapping.

    Attributes
    ----------
    key
        Names it among the others of one mapping, whatever their order.
    text
        What it would do, in a sentence.
    derive
        Entries for the end of the mapping's derivations.
    refers_to
        Table, column, and the source's column that lists its values.
    is_needed
        Whether there is no book without it.
    """

    key: str
    text: str
    derive: tuple[Derivation, ...] = ()
    refers_to: tuple[tuple[str, str, str], ...] = ()
    is_needed: bool = False


def propose_derivations(mapping: SourceMapping, raw: Mapping[str, RawTable]) -> tuple[Proposal, ...]:
    """Propose how to derive what a mapped export lacks.

    Parameters
    ----------
    mapping
        Which tables and columns are mapped so far.

    Returns
    -------
    tuple[Proposal, ...]
        What isn't in the mapping yet, what a book needs first.
    """
    view = _View(mapping, raw)
    found = [*_territories(view), *_places(view), *_people(view), *_periods(view), *_lookups(view), *_lists(view)]
    return tuple(proposal for proposal in found if not view.has(proposal))


def add_proposal(mapping: SourceMapping, proposal: Proposal) -> SourceMapping:
    """Return the mapping with a proposal taken up."""
    tables = dict(mapping.tables)
    for name, column, target in proposal.refers_to:
        said = mapping.table(name)
        tables[name] = said.model_copy(update={"refers_to": {**said.refers_to, column: target}})
    return mapping.model_copy(update={"tables": tables, "derive": _in_order((*mapping.derive, *proposal.derive))})


def _in_order(derive: tuple[Derivation, ...]) -> tuple[Derivation, ...]:
    """Put rows that a table gets from its own rows last: what is made of that table is made of what was read."""
    return tuple(sorted(derive, key=lambda entry: isinstance(entry, RowsFrom) and entry.table == entry.source))


def list_stages(mapping: SourceMapping, raw: Mapping[str, RawTable]) -> tuple[str, ...]:
    """Return the names of stages in an export, where it has a list of them; empty where it says their numbers."""
    view = _View(mapping, raw)
    if view.column("opportunities", "stage") is None or view.column("opportunities", "stage_number") is not None:
        return ()
    values = view.values("opportunities", "stage")
    names = values.drop_nulls().unique().sort().cast(pl.String).to_list()
    return tuple(names) if len(names) <= MOST_STAGES else ()


def suggest_stage(name: str) -> Stage | None:
    """Suggest what a stage's name means; None where nothing does."""
    word = re.sub(r"[^a-z0-9/]", "", name.casefold())
    return next(
        (
            Stage(number=number, closed=closed, won=won)
            for pattern, number, closed, won in STAGE_WORDS
            if re.search(pattern, word)
        ),
        None,
    )


def _rows(
    table: str, source: str, columns: Mapping[str, str], constants: Mapping[str, dt.date] = MappingProxyType({})
) -> RowsFrom:
    said = {"kind": "rows", "table": table, "from": source, "columns": columns, "constants": constants}
    return RowsFrom.model_validate(said)


def _look(column: str, source: str, match: Mapping[str, str], take: str, **more: str | None) -> Lookup:
    said = {"kind": "lookup", "column": column, "from": source, "match": match, "take": take, **more}
    return Lookup.model_validate(said)


class _View:
    """What a mapping makes of a source, by name alone."""

    def __init__(self, mapping: SourceMapping, raw: Mapping[str, RawTable]) -> None:
        self.mapping, self.raw = mapping, raw
        self.sources: dict[str, tuple[str, ...]] = {}
        for name in TABLES:
            said = mapping.table(name).sources
            keys = [find_source(source, raw) for source in ((name,) if said is None else said)]
            self.sources[name] = tuple(key for key in keys if key is not None)
        self.made = {entry.table for entry in mapping.derive if isinstance(entry, RowsFrom)}
        self.filled = {entry.column for entry in mapping.derive if isinstance(entry, Lookup | Text)}

    def column(self, table: str, name: str) -> str | None:
        """Return the source's column for one of the book's."""
        source = self.mapping.table(table).columns.get(name, name)
        return source if any(source in self.raw[key].frame.columns for key in self.sources[table]) else None

    def values(self, table: str, name: str) -> pl.Series:
        column = self.column(table, name)
        frames = [self.raw[key].frame for key in self.sources[table] if column in self.raw[key].frame.columns]
        return (
            pl.concat([frame[column].cast(pl.String) for frame in frames])
            if frames and column
            else pl.Series(dtype=pl.String)
        )

    def has(self, proposal: Proposal) -> bool:
        """Say whether the mapping does it already."""
        has_lists = all(self.mapping.table(table).refers_to.get(name) for table, name, _ in proposal.refers_to)
        if not proposal.derive:
            return has_lists
        return all(entry in self.mapping.derive for entry in proposal.derive)

    @property
    def spare(self) -> dict[str, RawTable]:
        """The source's tables that are none of the book's."""
        used = {key for keys in self.sources.values() for key in keys}
        return {name: table for name, table in self.raw.items() if name not in used}


def _territories(view: _View) -> Iterator[Proposal]:
    if view.sources["territories"]:
        return
    offices = _group_of_reps(view)
    if view.column("accounts", "territory_id") is not None:
        yield Proposal(
            "territories-of-accounts",
            "Make a territory of each value of the accounts' territory_id.",
            (_rows("territories", "accounts", {"territory_id": "territory_id"}),),
            is_needed=True,
        )
    elif view.sources["reps"]:
        columns = {"territory_id": "rep_id"} | ({"name": "name"} if view.column("reps", "name") else {})
        rows = [_rows("territories", "reps", columns | ({"parent_territory_id": offices} if offices else {}))]
        under = ""
        if offices:
            columns = {"territory_id": offices, "name": offices}
            rows.append(_rows("territories", "reps", columns))
            under = f", and a group of them for each {offices}"
        yield Proposal("territories-of-reps", f"Make a territory for each rep{under}.", tuple(rows), is_needed=True)


def _group_of_reps(view: _View) -> str | None:
    """Return a further column of the reps that looks like the office or region they belong to."""
    frames = [view.raw[key].frame for key in view.sources["reps"]]
    names = [name for frame in frames for name in frame.columns if re.search("office|region|area$", fold(name))]
    return next((name for name in names if all(frame[name].null_count() == 0 for frame in frames)), None)


def _places(view: _View) -> Iterator[Proposal]:
    """Propose the territory of accounts that don't say theirs."""
    if not view.sources["accounts"] or view.column("accounts", "territory_id") is not None:
        return
    if view.column("opportunities", "rep_id") is None or view.column("opportunities", "account_id") is None:
        return
    weigh = "amount" if view.column("opportunities", "amount") else None
    of_equals = "; of equals, the one with the largest sum" if weigh else ""
    yield Proposal(
        "territory-of-most-deals",
        f"Put each account into the territory of the rep with most of its opportunities{of_equals}.",
        (
            _look(
                "accounts.territory_id",
                "opportunities",
                {"account_id": "account_id"},
                "rep_id",
                pick="most",
                weigh=weigh,
            ),
        ),
        is_needed=True,
    )


def _people(view: _View) -> Iterator[Proposal]:
    if not view.sources["reps"] or view.column("reps", "rep_id") is None:
        return
    if view.column("reps", "manager_id") is not None:
        managers = view.values("reps", "manager_id").drop_nulls().unique()
        if managers.is_in(view.values("reps", "rep_id").implode()).not_().any():
            columns = {"rep_id": "manager_id", "name": "manager_id"}
            rows = _rows("reps", "reps", columns)
            yield Proposal("managers", "Add a rep for each manager who has no row of their own.", (rows,))
    is_seat_of_rep = any(
        isinstance(entry, RowsFrom) and entry.table == "territories" and entry.source == "reps"
        for entry in view.mapping.derive
    )
    first = view.values("opportunities", "created_on").str.to_date("%Y-%m-%d", strict=False).min()
    has_coverage = bool(view.sources["coverage"]) or "coverage" in view.made
    if is_seat_of_rep and not has_coverage and isinstance(first, dt.date):
        rows = _rows("coverage", "reps", {"rep_id": "rep_id", "territory_id": "rep_id"}, {"starts_on": first})
        yield Proposal(
            "coverage-of-reps", f"Say that each rep has covered the own territory since {first:%Y-%m-%d}.", (rows,)
        )


def _periods(view: _View) -> Iterator[Proposal]:
    if view.column("quotas", "period_start") is None or view.column("quotas", "period_end") is not None:
        return
    days = view.values("quotas", "period_start").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    gaps = days.drop_nulls().unique().sort().diff().dt.total_days().drop_nulls()
    months = max(1, round(float(gaps.median()) / MONTH_DAYS)) if len(gaps) else 3  # type: ignore[arg-type]  # numbers
    entry = UntilNext(
        kind="until-next",
        table="quotas",
        start="period_start",
        end="period_end",
        per=("territory_id",),
        last_months=months,
    )
    text = f"End each quota the day before the next one begins, and the last after {months} months."
    yield Proposal("end-of-quotas", text, (entry,))


def _lookups(view: _View) -> Iterator[Proposal]:
    """Propose columns from tables that are none of the book's, where both have a column that names their rows."""
    for own in ("accounts", "opportunities"):
        lacks = {
            column.name
            for column in TABLES[own].columns
            if view.column(own, column.name) is None and f"{own}.{column.name}" not in view.filled
        }
        for name, table in view.spare.items():
            key = _shared_key(view, own, table.frame)
            if key is None:
                continue
            where = table.file if name in TABLES and table.sheet is None else name
            for column, match in match_columns(TABLES[own], table.frame).items():
                if column not in lacks or match.source == key or column.endswith("_id") or column == "name":
                    continue
                entry = _look(f"{own}.{column}", where, {key: key}, match.source)
                text = f"Take {column} of {own} from {match.source} of {where}, by {key}."
                yield Proposal(f"lookup-{own}-{column}-{where}", text, (entry,))


def _lists(view: _View) -> Iterator[Proposal]:
    """Propose to compare a further column with the table of the source that lists its values."""
    for own in ("accounts", "opportunities"):
        for name, table in view.spare.items():
            key = _shared_key(view, own, table.frame)
            values = set(view.mapping.table(own).columns.values())
            if key is None or key in values or key in view.mapping.table(own).refers_to:
                continue
            text = f"Point out values of {key} in {own} that {name} doesn't list."
            yield Proposal(f"list-{own}-{key}", text, refers_to=((own, key, f"{name}.{key}"),))


def _shared_key(view: _View, own: str, there: pl.DataFrame) -> str | None:
    """Return a column that a table has and whose values name the rows of another one."""
    for key in view.sources[own]:
        here = view.raw[key].frame
        for name in there.columns:
            if name in here.columns and there[name].null_count() == 0 and there[name].n_unique() == there.height:
                values = here[name].drop_nulls().unique().cast(pl.String)
                if len(values) > 1 and values.is_in(there[name].cast(pl.String).implode()).any():
                    return str(name)
    return None


def without(mapping: SourceMapping, place: int) -> SourceMapping:
    """Return the mapping without one of its derivations, by its place from 0."""
    kept = tuple(entry for i, entry in enumerate(mapping.derive) if i != place)
    return mapping.model_copy(update={"derive": kept})


def say_derivation(entry: Derivation) -> str:
    """Say in a sentence what an entry of the mapping derives."""
    if isinstance(entry, RowsFrom):
        columns = ", ".join(f"{own} = {source}" for own, source in entry.columns.items())
        always = "".join(f", {own} always {value}" for own, value in entry.constants.items())
        return f"Rows of {entry.table} are made from {entry.source}: {columns}{always}."
    if isinstance(entry, Lookup):
        by = " and ".join(own if own == source else f"{own} = {source}" for own, source in entry.match.items())
        pick = {"only": "", "most": ", the most frequent one"}.get(entry.pick, f", the {entry.pick} one")
        weigh = f", of equals the one with most {entry.weigh}" if entry.weigh else ""
        return f"{entry.column} is {entry.take} of {entry.source}, by {by}{pick}{weigh}."
    if isinstance(entry, UntilNext):
        per = f" of the same {' and '.join(entry.per)}" if entry.per else ""
        last = f"; the last one lasts {entry.last_months} months" if entry.last_months else ""
        return f"{entry.table}.{entry.end} is the day before the next {entry.start}{per}{last}."
    return f"{entry.column} is written “{entry.template}”."
