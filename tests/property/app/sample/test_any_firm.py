from datetime import date

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.app.sample import Firm, make_firm
from evenhand.app.sample.request import STORIES
from evenhand.book.tables import TABLES

SIZES = st.integers(3, 40).flatmap(lambda n: st.tuples(st.integers(max(100, 5 * n), 700), st.just(n)))
DAYS = st.dates(date(2006, 1, 1), date(2090, 1, 1))
SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def equal(one: Firm, other: Firm) -> bool:
    return all(one.tables[name].equals(other.tables[name]) for name in TABLES)


@SETTINGS
@given(SIZES, st.integers(0, 2**63 - 1), st.sampled_from(STORIES), st.integers(4, 12), DAYS)
def test_holds_what_every_firm_must(size, seed, story, quarters, as_of) -> None:
    n, n_territories = size
    firm = make_firm(n_accounts=n, n_territories=n_territories, seed=seed, story=story, quarters=quarters, as_of=as_of)
    accounts, territories, tables = firm.tables["accounts"], firm.tables["territories"], firm.tables
    assert accounts.height == n
    for name, table in TABLES.items():
        further = ["product_potential"] if (name, story) == ("accounts", "new-product") else []
        assert tables[name].columns == [column.name for column in table.columns] + further
        if table.key:
            assert tables[name].select(table.key).is_unique().all()
        for column in table.columns:
            values = tables[name][column.name]
            if column.required:
                assert values.null_count() == 0
            if column.refers_to:
                target = TABLES[column.refers_to].key[0]
                assert values.drop_nulls().is_in(tables[column.refers_to][target].implode()).all()
            if column.low is not None:
                assert (values.drop_nulls() >= column.low).all()
            if column.high is not None:
                assert (values.drop_nulls() <= column.high).all()
        for first, second in table.spans:
            both = tables[name].drop_nulls([first, second])
            assert (both[first] <= both[second]).all()
    # A new hire's territory is the only empty one in the core layer.
    groups = territories["parent_territory_id"].drop_nulls().unique()
    seats = territories.filter((pl.col("layer") == "core") & ~pl.col("territory_id").is_in(groups.implode()))[
        "territory_id"
    ]
    empty = set(seats) - set(accounts["territory_id"])
    assert len(empty) == (1 if story == "new-hire" else 0)
    assert len(seats) == n_territories + len(empty)
    assert (accounts["created_on"] <= as_of).all()
    assert (tables["activities"]["happened_on"] <= as_of).all()
    assert (tables["ownership"]["starts_on"] <= as_of).all()
    assert (tables["reps"]["hired_on"] <= as_of).all()


@SETTINGS
@given(SIZES, st.integers(0, 2**63 - 1), st.sampled_from(STORIES), st.sampled_from([0.0, 0.01, 0.2]))
def test_the_same_arguments_make_the_same_firm(size, seed, story, dirty) -> None:
    arguments = {"n_accounts": size[0], "n_territories": size[1], "seed": seed, "story": story, "dirty": dirty}
    assert equal(make_firm(**arguments), make_firm(**arguments))


@SETTINGS
@given(SIZES, st.integers(0, 2**32))
def test_another_seed_makes_another_firm(size, seed) -> None:
    one, other = (make_firm(n_accounts=size[0], n_territories=size[1], seed=s) for s in (seed, seed + 1))
    assert not one.tables["accounts"].equals(other.tables["accounts"])


@SETTINGS
@given(SIZES, st.integers(0, 2**32), st.integers(1, 500))
def test_the_first_accounts_of_a_larger_firm_are_those_of_a_smaller_one(size, seed, more) -> None:
    n, n_territories = size
    small = make_firm(n_accounts=n, n_territories=n_territories, seed=seed).tables["accounts"]
    large = make_firm(n_accounts=n + more, n_territories=n_territories, seed=seed).tables["accounts"].head(n)
    columns = ["account_id", "name", "parent_account_id", "vertical", "region", "postal_code", "employees",
               "annual_revenue", "created_on"]  # fmt: skip
    assert small.select(columns).equals(large.select(columns))
