"""The map shows single moves while they can be told apart, and flows between territories beyond that."""

import dataclasses
import re

import polars as pl
import pytest

from evenhand.adapters.report.moves_map import MOST_FLOWS, MOST_POINTS, moves_map
from evenhand.adapters.report.projection import WIDTH
from evenhand.adapters.report.territory_names import TerritoryNames


@pytest.fixture
def crowded(firm):
    """The plan with many more moves, between every pair of territories."""
    book, plan = firm
    pairs = [(a, b) for a in plan.territory_ids for b in plan.territory_ids if a != b]
    accounts = book.accounts["account_id"].to_list()
    rows = plan.moves.head(1).select(pl.all().repeat_by(MOST_POINTS + 50).explode()).with_row_index("i")
    moves = rows.with_columns(
        account_id=pl.Series([accounts[i % len(accounts)] for i in range(rows.height)]),
        from_territory_id=pl.Series([pairs[i * i % len(pairs)][0] for i in range(rows.height)]),
        to_territory_id=pl.Series([pairs[i * i % len(pairs)][1] for i in range(rows.height)]),
    ).drop("i")
    return book, dataclasses.replace(plan, moves=moves)


def test_few_moves_are_drawn_one_by_one(firm):
    book, plan = firm
    drawn = moves_map(plan, book, TerritoryNames(book))
    assert len(drawn.points) == plan.n_moves
    assert drawn.flows == []
    assert drawn.n_without_place == 0
    assert all(0 <= point.x <= WIDTH and 0 <= point.y <= drawn.height for point in drawn.points)


def test_many_moves_are_drawn_as_flows_and_none_is_counted_twice(crowded):
    book, plan = crowded
    drawn = moves_map(plan, book, TerritoryNames(book))
    assert drawn.points == []
    assert drawn.moved_dots
    assert 0 < len(drawn.flows) <= MOST_FLOWS
    assert drawn.n_flows == plan.moves.select("from_territory_id", "to_territory_id").n_unique()
    counts = [int(re.search(r": (\d+) account", flow.title).group(1)) for flow in drawn.flows]
    assert sum(counts) == plan.n_moves
    assert counts == sorted(counts)


def test_there_and_back_are_two_lines(crowded):
    book, plan = crowded
    flows = {(flow.from_id, flow.to_id): flow for flow in moves_map(plan, book, TerritoryNames(book)).flows}
    both = [pair for pair in flows if pair[::-1] in flows]
    assert both
    for pair in both:
        there, back = (re.search(r"Q([\d.-]+ [\d.-]+)", flows[p].line).group(1) for p in (pair, pair[::-1]))
        assert there != back


def test_moves_without_coordinates_are_counted(firm):
    book, plan = firm
    lost = plan.moves["account_id"][0]
    tables = dict(book.tables)
    unknown = pl.when(pl.col("account_id") != lost).then("latitude")
    tables["accounts"] = tables["accounts"].with_columns(latitude=unknown)
    drawn = moves_map(plan, dataclasses.replace(book, tables=tables), TerritoryNames(book))
    assert drawn.n_without_place == 1
    assert len(drawn.points) == plan.n_moves - 1


def test_no_label_covers_another(firm):
    book, plan = firm
    labelled = [centre for centre in moves_map(plan, book, TerritoryNames(book)).centres if centre.label]
    assert labelled
    for one in labelled:
        for other in labelled:
            if one is not other:
                assert abs(one.label_y - other.label_y) >= 12 or abs(one.x - other.x) >= 7 * len(one.label)
