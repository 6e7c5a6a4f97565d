import polars as pl
import pytest

from evenhand.app.sample import Firm, make_firm
from evenhand.app.sample.dirt import FEWEST_ROWS_PER_KIND
from evenhand.app.sample.dirt_kinds import DIRT


@pytest.fixture(scope="module")
def dirty() -> Firm:
    return make_firm(dirty=0.02)


def test_every_kind_is_there_and_about_the_share_asked_for(dirty: Firm) -> None:
    facts = dirty.truth["dirty_rows"]
    assert {(kind.table, kind.kind) for kind in DIRT} == set(facts.select("table", "kind").iter_rows())
    n_rows = sum(dirty.tables[table].height for table in {kind.table for kind in DIRT})
    assert 0.015 < facts.height / n_rows < 0.025


def test_each_spoilt_value_stands_where_it_is_said_to(dirty: Firm) -> None:
    for (table, column), facts in dirty.truth["dirty_rows"].group_by("table", "column"):
        texts = dirty.tables[str(table)][str(column)].cast(pl.String)
        found = texts.gather((facts["row"] - 2).to_list())
        assert found.eq_missing(facts["value"]).all()


def test_a_row_is_spoilt_in_one_way_only(dirty: Firm) -> None:
    facts = dirty.truth["dirty_rows"]
    assert facts.select("table", "row").is_unique().all()


def test_all_else_is_as_in_the_clean_firm(dirty: Firm, firm: Firm) -> None:
    for name, table in firm.tables.items():
        spoilt = dirty.truth["dirty_rows"].filter((pl.col("table") == name) & (pl.col("row") - 2 < table.height))
        kept = pl.Series(range(table.height)).is_in((spoilt["row"] - 2).implode()).not_()
        clean = table.cast(pl.String).filter(kept)
        assert dirty.tables[name].head(table.height).cast(pl.String).filter(kept).equals(clean)


def test_a_small_table_is_left_clean() -> None:
    firm = make_firm(n_accounts=100, n_territories=3, dirty=0.1)
    facts = firm.truth["dirty_rows"]
    assert "coverage" not in set(facts["table"])
    for table, rows in facts.group_by("table"):
        kinds = [kind for kind in DIRT if kind.table == table[0]]
        assert firm.tables[str(table[0])].height >= FEWEST_ROWS_PER_KIND * len(kinds)
        assert rows.height >= 1
