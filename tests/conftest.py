"""What several kinds of tests use."""

import datetime as dt
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, settings

from evenhand.book.book import Book
from evenhand.book.tables import TABLES
from evenhand.foundation.hashing import hash_values

# How fast examples are made says how busy the machine is; two files at a time and a first compilation are no fault.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


def build_book(
    as_of: dt.date = dt.date(2026, 9, 30),
    currency: str = "USD",
    **tables: Sequence[Mapping[str, Any]] | pl.DataFrame,
) -> Book:
    """Build a book straight from rows, with what admitting would add: every table, every column, sorted by key."""
    frames, given = {}, {}
    for name, table in TABLES.items():
        rows = tables.get(name, ())
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(list(rows), infer_schema_length=None)
        frame = frame.select(
            (pl.col(column) if column in frame.columns else pl.lit(None)).cast(dtype).alias(column)
            for column, dtype in table.schema.items()
        )
        if not frame.width or not len(rows):
            frame = pl.DataFrame(schema=table.schema)
        frames[name] = frame.sort(table.key or frame.columns, nulls_last=True)
        if name in tables:
            given[name] = frozenset(c for c in frame.columns if frame[c].null_count() < frame.height)
    unknown = set(tables) - set(TABLES)
    assert not unknown, unknown
    rows_hash = hash_values({name: [str(row) for row in frame.rows()] for name, frame in frames.items()})
    return Book(as_of, currency, frames, given, rows_hash)


@pytest.fixture(scope="session")
def make_book() -> Callable[..., Book]:
    """Return `build_book`: ``make_book(as_of=…, accounts=[{…}], territories=[{…}])``, money in cents."""
    return build_book


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required (CI), a test that is skipped has failed; real data and peers may be missing."""
    report = yield
    optional = any(item.get_closest_marker(name) for name in ("real_data", "peer"))
    required = os.environ.get("EVENHAND_REQUIRE_ALL") and not optional
    if required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"required here, but skipped: {report.longrepr}"
    return report
