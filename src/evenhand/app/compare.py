"""Plans on disk side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.plan.scenarios import Side, compare, find_difference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from evenhand.app.ports import Outside
    from evenhand.book.book import Book
    from evenhand.plan.scenarios import Comparison, Difference


def compare_folders(outside: Outside, folders: Sequence[Path]) -> Comparison:
    """Put several plan folders side by side.

    Raises
    ------
    InputError
        If fewer than two are given, or they are of different books: their figures can't be compared.
    """
    return compare(read_sides(outside, folders))


def read_sides(outside: Outside, folders: Sequence[Path]) -> tuple[Side, ...]:
    """Read plan folders, each under its folder's name, or its whole path where two have the same name."""
    names = _name(folders)
    return tuple(
        Side.of_record(name, outside.read_plan(folder)[0]) for name, folder in zip(names, folders, strict=True)
    )


def compare_plans(outside: Outside, folders: Sequence[Path]) -> pl.DataFrame:
    """Put the figures of several plans side by side: figure, then a column for each plan under its folder's name."""
    return compare_folders(outside, folders).figures


def compare_assignments(outside: Outside, before: Path, after: Path) -> pl.DataFrame:
    """List the accounts that two plans put in different territories, see `Difference.accounts`."""
    return differ(outside, before, after).accounts


def differ(outside: Outside, before: Path, after: Path) -> Difference:
    """Say where the second plan differs from the first."""
    first, second = read_sides(outside, (before, after))
    return find_difference(first, second)


def render_comparison(outside: Outside, comparison: Comparison, to: Path, book: Book | None = None) -> None:
    """Write a comparison as a page; with the book, territories have their names."""
    outside.write_text(to, outside.render_comparison_report(comparison, book))


def _name(folders: Sequence[Path]) -> list[str]:
    names = []
    for folder in folders:
        same = [other for other in folders if other.name == folder.name]
        names.append(folder.name if len(same) == 1 and folder.name else str(folder))
    return [
        name if names.count(name) == 1 else f"{name} ({names[: i + 1].count(name)})" for i, name in enumerate(names)
    ]
