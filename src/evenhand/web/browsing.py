"""A table as an address asks for it: sorted by a column, a page of it, or all of it as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.paginator import Page, Paginator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict

A_PAGE = 50


@dataclass(frozen=True)
class Column:
    """A column as the page heads it; `is_number` ones stand to the right and are sorted the largest first."""

    name: str
    title: str
    is_number: bool = False


@dataclass(frozen=True)
class Heading:
    """A column's heading: the sort that a click asks for, and how the table is sorted by it now."""

    column: Column
    sort: str
    direction: str


@dataclass(frozen=True)
class View:
    """A page of a table."""

    rows: list[dict[str, Any]]
    page: Page[int]
    headings: list[Heading]
    sort: str

    @property
    def n_rows(self) -> int:
        """How many rows there are on all pages."""
        return self.page.paginator.count


def sort_table(table: pl.DataFrame, sort: str, columns: Sequence[Column], then: Sequence[str] = ()) -> pl.DataFrame:
    """Sort a table as asked: a column's name, with a minus for descending; what isn't a column of it changes nothing.

    Parameters
    ----------
    then
        Columns that decide between equals, so that pages don't overlap.
    """
    name, is_down = sort.removeprefix("-"), sort.startswith("-")
    if name not in {column.name for column in columns} or name not in table.columns:
        return table
    return table.sort(name, *then, descending=[is_down, *(False for _ in then)], nulls_last=True, maintain_order=True)


def view_table(
    table: pl.DataFrame, asked: QueryDict, columns: Sequence[Column], then: Sequence[str] = (), a_page: int = A_PAGE
) -> View:
    """Cut the page out of a table that the address asks for by ``sort`` and ``page``."""
    sort = asked.get("sort", "")
    whole = sort_table(table, sort, columns, then)
    page = Paginator(range(whole.height), a_page).get_page(asked.get("page"))
    first = max(page.start_index() - 1, 0)
    return View(whole.slice(first, a_page).to_dicts(), page, [_head(column, sort) for column in columns], sort)


def find_words(table: pl.DataFrame, text: str, columns: Sequence[str]) -> pl.DataFrame:
    """Keep the rows in which every word of a text occurs, in whichever of the columns; case doesn't matter."""
    words = text.lower().split()
    if not words:
        return table
    said = pl.concat_str(
        [pl.col(name).cast(pl.String).fill_null("") for name in columns], separator=" "
    ).str.to_lowercase()
    return table.filter(pl.all_horizontal(said.str.contains(word, literal=True) for word in words))


def keep(table: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """Keep the rows whose columns have these values; an empty value wants nothing."""
    for name, value in wanted.items():
        if value:
            table = table.filter(pl.col(name) == value)
    return table


def _head(column: Column, sort: str) -> Heading:
    up, down = column.name, f"-{column.name}"
    direction = {up: "ascending", down: "descending"}.get(sort, "")
    first, second = (down, up) if column.is_number else (up, down)
    return Heading(column, second if sort == first else first, direction)
