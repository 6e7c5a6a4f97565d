"""Words that look misspelt or are written in several ways: pointed out, never changed."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.raw import toml_key
from evenhand.book.vocabulary import COUNTRIES, VERTICALS
from evenhand.foundation.findings import Severity

if TYPE_CHECKING:
    from evenhand.book.intake import Intake

MOST_DISTINCT = 300
"""A column with more distinct values is not a list of words."""
FEWEST = 10
"""Up to so many distinct values it is one, however few rows there are."""
ALIKE = 0.85
"""How alike two words must be (difflib's ratio, 0 to 1) for one to count as a slip of the other."""
RARE_SHARE = 0.1
"""A word is a slip of another word in the data only where it is this rare beside it."""
SHORTEST = 5

WORDS: dict[str, dict[str, frozenset[str]]] = {
    "accounts": {"vertical": VERTICALS, "country": COUNTRIES, "segment": frozenset(), "region": frozenset()},
    "territories": {"vertical": VERTICALS, "segment": frozenset(), "region": frozenset(), "layer": frozenset()},
    "opportunities": {"stage": frozenset()},
    "activities": {"kind": frozenset()},
}
"""The columns that hold words of a short list, and words that are right in them."""


def check_spelling(intake: Intake) -> None:
    """Point out values that look like slips of another value, or of a well-known word."""
    for column, known in WORDS.get(intake.table.name, {}).items():
        counts = _counts(intake.typed[column])
        if counts:
            _report(intake, column, counts, known)
    own = {column.book_name for column in intake.table.columns}
    for name in intake.typed.columns:
        if name not in own and intake.typed[name].dtype == pl.String and (counts := _counts(intake.typed[name])):
            _report_variants(intake, name, counts)


def _counts(values: pl.Series) -> dict[str, int]:
    """How often each value occurs; nothing where it isn't a list of words."""
    if not values.is_not_null().any() or values.n_unique() > min(MOST_DISTINCT, max(FEWEST, len(values) // 2)):
        return {}
    counted = values.drop_nulls().value_counts().sort(values.name)
    return dict(counted.iter_rows())


def _report(intake: Intake, column: str, counts: dict[str, int], known: frozenset[str]) -> None:
    variants = _report_variants(intake, column, counts)
    left = {word: n for word, n in counts.items() if word not in variants}
    right = {word.casefold(): word for word in known}
    for word, n in left.items():
        if len(word) < SHORTEST or word.casefold() in right or re.search(r"\d", word):
            continue
        common = {other.casefold(): other for other, m in left.items() if other != word and n <= RARE_SHARE * m}
        near = difflib.get_close_matches(word.casefold(), sorted({*right, *common}), n=1, cutoff=ALIKE)
        if not near:
            continue
        better = common.get(near[0]) or _in_case_of(word, right[near[0]])
        intake.report(
            intake.typed[column] == word,
            "BK328",
            column,
            f"looks misspelt for {better!r}; kept as it is",
            f"correct it at the source, or {_line(intake, column, word, better)}",
            severity=Severity.WARNING,
        )


def _report_variants(intake: Intake, column: str, counts: dict[str, int]) -> set[str]:
    """Report words that differ from a more frequent one only in case, blanks or punctuation; return them."""
    groups: dict[str, list[str]] = {}
    for word in counts:
        groups.setdefault(fold(word), []).append(word)
    variants: set[str] = set()
    for words in groups.values():
        usual, *others = sorted(words, key=lambda word: (-counts[word], word))
        for other in others:
            variants.add(other)
            intake.report(
                intake.typed[column] == other,
                "BK329",
                column,
                f"is elsewhere written {usual!r}; kept as it is, so they count as two",
                f"write it one way at the source, or {_line(intake, column, other, usual)}",
                severity=Severity.WARNING,
            )
    return variants


def fold(word: str) -> str:
    """Return a word without what differs between ways of writing it: case, blanks, punctuation."""
    return re.sub(r"[\W_]+", "", word.casefold()) or word


def _in_case_of(word: str, better: str) -> str:
    return better.lower() if word.islower() else better.upper() if word.isupper() else better


def _line(intake: Intake, column: str, word: str, better: str) -> str:
    return f'add to the mapping file:\n[tables.{intake.table.name}.values.{toml_key(column)}]\n"{word}" = "{better}"'
