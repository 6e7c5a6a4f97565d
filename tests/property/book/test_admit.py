"""Whatever rows come in, in whatever order: nothing is lost, nothing unsound gets into the book."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.book.admit import Admission, admit_tables
from evenhand.book.raw import RawTable
from evenhand.book.tables import TABLES

AS_OF = dt.date(2026, 6, 30)
ids = st.sampled_from(["A1", "A2", "A3", "a1", "A4 ", "", None])
territory_ids = st.sampled_from(["T1", "T2", "T9", " ", None])
dates = st.sampled_from(["2026-01-31", "2027-01-01", "31/01/2026", "45123", "x", "", None])
amounts = st.sampled_from(["1", "1.005", "-1", "1,5", "$2", "1e13", "nan", "", None])
flags = st.sampled_from(["yes", "0", "perhaps", "", None])

account_rows = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": ids,
            "territory_id": territory_ids,
            "parent_account_id": ids,
            "annual_revenue": amounts,
            "created_on": dates,
            "churned_on": dates,
            "further": st.text(max_size=3),
        }
    ),
    max_size=8,
)
territory_rows = st.lists(
    st.fixed_dictionaries({"territory_id": territory_ids, "parent_territory_id": territory_ids}), max_size=4
)
ownership_rows = st.lists(
    st.fixed_dictionaries({"account_id": ids, "territory_id": territory_ids, "starts_on": dates, "ends_on": dates}),
    max_size=5,
)
opportunity_rows = st.lists(
    st.fixed_dictionaries(
        {
            "opportunity_id": st.sampled_from(["O1", "O2", "O3", None]),
            "account_id": ids,
            "amount": amounts,
            "is_closed": flags,
            "is_won": flags,
            "created_on": dates,
            "closed_on": dates,
        }
    ),
    max_size=6,
)
sources = st.fixed_dictionaries(
    {
        "accounts": account_rows,
        "territories": territory_rows,
        "ownership": ownership_rows,
        "opportunities": opportunity_rows,
    }
)


def frame_of(name: str, rows: list[dict[str, str | None]]) -> pl.DataFrame:
    columns = {
        "accounts": ["account_id", "territory_id", "parent_account_id", "annual_revenue", "created_on", "churned_on"],
        "territories": ["territory_id", "parent_territory_id"],
        "ownership": ["account_id", "territory_id", "starts_on", "ends_on"],
        "opportunities": ["opportunity_id", "account_id", "amount", "is_closed", "is_won", "created_on", "closed_on"],
    }[name]
    further = ["further"] if name == "accounts" else []
    return pl.DataFrame(rows, schema=dict.fromkeys([*columns, *further], pl.String))


def admit(source: dict[str, list[dict[str, str | None]]]) -> Admission:
    return admit_tables(
        {name: RawTable(frame_of(name, rows), f"{name}.csv") for name, rows in source.items()}, as_of=AS_OF
    )


@settings(max_examples=60, deadline=None)
@given(sources)
def test_every_row_is_accepted_or_rejected_and_what_is_accepted_is_sound(
    source: dict[str, list[dict[str, str | None]]],
) -> None:
    admission = admit(source)
    for name, rejected in admission.rejects.items():
        assert rejected["row"].is_unique().all()
        assert (rejected["code"].str.len_bytes() > 0).all()
        assert rejected.height <= len(source[name])
    if admission.book is None:
        assert any(finding.severity == "error" for finding in admission.findings)
        return
    book = admission.book
    for name, rows in source.items():
        n_rejected = admission.rejects[name].height if name in admission.rejects else 0
        assert book.tables[name].height + n_rejected == len(rows)
    for name, table in TABLES.items():
        frame = book.tables[name]
        assert dict(list(frame.schema.items())[: len(table.columns)]) == table.schema
        if table.key:
            assert not frame.select(table.key).is_duplicated().any()
        for column in table.columns:
            values = frame[column.book_name]
            if column.required:
                assert values.null_count() == 0
            if column.refers_to is not None and column.refers_to in source:
                key = TABLES[column.refers_to].key[0]
                assert values.drop_nulls().is_in(book.tables[column.refers_to][key].implode()).all()
            if column.low is not None:
                scale = 100 if column.book_name.endswith("_cents") else 1
                assert (values.drop_nulls() >= column.low * scale).all()
        for first, second in table.spans:
            assert (frame[first] <= frame[second]).drop_nulls().all()


@settings(max_examples=40, deadline=None)
@given(sources, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_row_numbers(
    source: dict[str, list[dict[str, str | None]]], random: object
) -> None:
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in source.items()}  # type: ignore[attr-defined]  # a random.Random
    first, second = admit(source), admit(shuffled)
    assert (first.book is None) == (second.book is None)
    if first.book is not None and second.book is not None:
        assert first.book.content_hash == second.book.content_hash
    assert {name: frame.height for name, frame in first.rejects.items()} == {
        name: frame.height for name, frame in second.rejects.items()
    }
    counts = [
        sorted((finding.code, finding.subject, finding.evidence.get("n_rows")) for finding in admission.findings)
        for admission in (first, second)
    ]
    assert counts[0] == counts[1]


@settings(max_examples=30, deadline=None)
@given(sources)
def test_admitting_what_was_accepted_gives_the_same_book_again(source: dict[str, list[dict[str, str | None]]]) -> None:
    book = admit(source).book
    if book is None:
        return
    raw = {}
    for name in source:
        money = {f"{column.name}_cents": column.name for column in TABLES[name].columns if column.kind == "money"}
        frame = book.tables[name].with_columns(pl.col(list(money)) / 100).rename(money)
        raw[name] = RawTable(frame, f"{name}.parquet")
    again = admit_tables(raw, as_of=AS_OF)
    assert again.rejects == {}
    assert again.book is not None
    assert again.book.content_hash == book.content_hash
