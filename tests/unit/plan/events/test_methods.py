"""Each event's own method, on firms small enough to see through."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.events import (
    Graduation,
    Layoff,
    MarketExpansion,
    Merge,
    NewHire,
    NewProduct,
    RepLeft,
    Split,
)
from evenhand.plan.events.bisect import cut_into_cells
from evenhand.plan.events.carve import find_level, keep_above_level
from evenhand.plan.events.product_fit import correlate_ranks
from evenhand.plan.events.segments import judge_segments
from evenhand.plan.events.spread import share_by_spare
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.plan.verify import verify_plan
from evenhand.policy import Policy, render_policy

AS_OF = dt.date(2026, 9, 30)
PERIOD = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}


def firm(make_book, sizes, territories=None, **tables):
    """Seats with so many accounts worth ten each, along a line of longitude."""
    return make_book(
        as_of=AS_OF,
        accounts=[
            {
                "account_id": f"{seat}-{i:02}",
                "territory_id": seat,
                "potential": 10.0,
                "workload_hours": 10.0,
                "latitude": 40.0,
                "longitude": -100.0 + i,
            }
            for seat, n in sizes.items()
            for i in range(n)
        ],
        territories=territories or [{"territory_id": seat} for seat in sizes],
        quotas=[{"territory_id": seat, "amount_cents": 1_000_000, **PERIOD} for seat in sizes],
        **tables,
    )


def held(plan, measure="accounts"):
    rows = plan.territories.filter(pl.col("measure") == measure)
    return dict(rows.select("territory_id", "after").iter_rows())


def say(plan, code):
    return " ".join(finding.message for finding in plan.findings if finding.code == code)


def check(plan, book, policy=None):
    verification = verify_plan(write_record(plan, render_policy(policy or Policy())), book)
    assert verification.holds, verification.findings
    assert plan.quota_summary["new_cents"].sum() == plan.quota_summary["opening_cents"].sum()


def test_a_brand_new_territory_is_opened_and_carved_from_the_most_loaded(make_book):
    book = firm(make_book, {"A": 60, "B": 40, "C": 38})
    plan = make_plan(book, Policy(), events=[NewHire("N", 0.5)])
    check(plan, book)
    after = held(plan)
    target = 138 * 0.5 / 3.5
    assert 0.85 * target <= after["N"] <= 1.15 * target
    assert set(plan.moves["from_territory_id"]) == {"A"}
    words = say(plan, "PL150")
    assert "N, which is new" in words
    assert "A gives" in words
    assert "% of its fair share before" in words


def test_a_new_hire_in_the_book_may_not_be_said_to_be_like_another(make_book):
    book = firm(make_book, {"A": 20, "B": 20})
    with pytest.raises(InputError, match="already"):
        make_plan(book, Policy(), events=[NewHire("A", like="B")])


def test_a_new_territory_takes_what_the_one_it_is_like_takes(make_book):
    territories = [{"territory_id": "A", "region": "East"}, {"territory_id": "B", "region": "West"}]
    accounts = [
        {"account_id": f"{seat}{i:02}", "territory_id": seat, "potential": 1.0, "region": region}
        for seat, region in (("A", "East"), ("B", "West"))
        for i in range(20)
    ]
    book = make_book(accounts=accounts, territories=territories)
    plan = make_plan(book, Policy(), events=[NewHire("N", 0.5, like="B")])
    assert set(plan.moves["from_territory_id"]) == {"B"}
    other = make_plan(book, Policy(), events=[NewHire("N", 0.5, like="B", region="East")])
    assert set(other.moves["from_territory_id"]) == {"A"}


def test_a_group_of_territories_is_no_seat_for_a_new_hire(make_book):
    book = make_book(
        accounts=[{"account_id": "a", "territory_id": "A"}],
        territories=[{"territory_id": "G"}, {"territory_id": "A", "parent_territory_id": "G"}],
    )
    with pytest.raises(InputError, match="group"):
        make_plan(book, Policy(), events=[NewHire("G")])


def test_givers_go_down_to_one_level_and_no_further():
    load, target = np.array([150.0, 120.0, 90.0]), np.array([100.0, 100.0, 100.0])
    level = find_level(load, target, load, 50.0)
    assert level == pytest.approx(1.1)
    assert keep_above_level(load, target, np.full(3, 85.0), level, 0.05) == pytest.approx([95.0, 95.0, 90.0])
    assert find_level(load, target, np.array([10.0, 0.0, 0.0]), 50.0) == 0
    assert np.isinf(find_level(load, target, load, 0.0))


def test_seats_that_take_different_kinds_are_filled_as_evenly_as_can_be():
    allowed = np.array([[True, False], [True, True]])
    shared = share_by_spare(np.array([60.0, 40.0]), allowed, np.array([100.0, 100.0]), np.array([1500.0, 1500.0]))
    assert shared.sum(axis=0) == pytest.approx([60.0, 40.0], abs=1e-3)
    nobody = share_by_spare(np.array([5.0]), np.zeros((1, 2), bool), np.ones(2), np.ones(2))
    assert nobody.sum() == 0


def test_a_merger_moves_one_seat_into_the_other_and_touches_nobody_else(make_book):
    book = firm(
        make_book,
        {"A": 20, "B": 20, "C": 20},
        reps=[{"rep_id": "R1", "name": "Ann"}, {"rep_id": "R2", "name": "Bo"}],
        coverage=[
            {"rep_id": "R1", "territory_id": "A", "starts_on": dt.date(2026, 1, 1)},
            {"rep_id": "R2", "territory_id": "B", "starts_on": dt.date(2026, 1, 1)},
        ],
    )
    plan = make_plan(book, Policy(), events=[Merge(("A", "B"), "A")])
    check(plan, book)
    assert held(plan) == {"A": 40, "B": 0, "C": 20}
    assert set(plan.moves["reason"].str.slice(0, 15)) == {"B merges into A"}
    words = say(plan, "PL153")
    for part in ("20 accounts", "capacity 2 of a full seat", "It stays with Ann", "Bo (B) no longer has a territory"):
        assert part in words
    assert "quota 10,000 →" in words


def test_a_merged_seat_of_one_rep_passes_on_what_is_too_much(make_book):
    book = firm(make_book, {"A": 20, "B": 20, "C": 20})
    plan = make_plan(book, Policy(), events=[Merge(("A", "B"), "A", capacity_share=1.0)])
    check(plan, book)
    after = held(plan)
    assert after["B"] == 0
    assert after["A"] == pytest.approx(30, abs=4.5)
    assert plan.violation == 0


def test_the_merged_seat_takes_what_either_took(make_book):
    territories = [{"territory_id": "A", "region": "East"}, {"territory_id": "B", "region": "West"}]
    accounts = [
        {"account_id": f"{s}{i}", "territory_id": s, "region": r}
        for s, r in (("A", "East"), ("B", "West"))
        for i in range(5)
    ]
    plan = make_plan(make_book(accounts=accounts, territories=territories), Policy(), events=[Merge(("A", "B"), "A")])
    assert held(plan) == {"A": 10, "B": 0}


def test_teams_that_merge_balance_as_one(make_book):
    territories = [
        {"territory_id": "E"},
        {"territory_id": "W"},
        {"territory_id": "E1", "parent_territory_id": "E", "region": "East"},
        {"territory_id": "W1", "parent_territory_id": "W", "region": "West"},
    ]
    accounts = [
        {"account_id": f"{seat}{i:02}", "territory_id": seat, "potential": 1.0, "region": region}
        for seat, region, n in (("E1", "East", 30), ("W1", "West", 10))
        for i in range(n)
    ]
    book = make_book(accounts=accounts, territories=territories)
    assert make_plan(book, Policy()).n_moves == 0
    plan = make_plan(book, Policy(), events=[Merge(("E", "W"), "E")])
    after = held(plan)
    assert after["W1"] >= 17
    assert "The teams E and W become one" in say(plan, "PL153")


def test_a_split_makes_two_compact_halves_and_touches_nobody_else(make_book):
    book = firm(make_book, {"A": 40, "B": 20, "C": 22})
    plan = make_plan(book, Policy(), events=[Split("A", ("A", "N"))])
    check(plan, book)
    after = held(plan)
    assert after["B"] == 20
    assert after["C"] == 22
    assert 17 <= after["N"] <= 23
    place = plan.assignment.join(book.accounts.select("account_id", "longitude"), on="account_id")
    place = place.filter(pl.col("account_id").str.starts_with("A"))
    moved = place.filter(pl.col("territory_id") == "N")["longitude"]
    assert moved.max() <= -81 or moved.min() >= -80  # all in one half of the line


def test_a_split_into_new_parts_alone_empties_the_old_one(make_book):
    book = firm(make_book, {"A": 30, "B": 10})
    plan = make_plan(book, Policy(), events=[Split("A", ("N1", "N2", "N3"))])
    check(plan, book)
    after = held(plan)
    assert after["A"] == 0
    assert [after[part] for part in ("N1", "N2", "N3")] == pytest.approx([10, 10, 10], abs=1.5)


def test_a_split_does_not_go_into_a_seat_with_accounts(make_book):
    with pytest.raises(InputError, match="has accounts already"):
        make_plan(firm(make_book, {"A": 10, "B": 10}), Policy(), events=[Split("A", ("A", "B"))])


def test_cells_are_of_the_sizes_asked_for_with_and_without_places():
    rng = np.random.default_rng(0)
    points = rng.uniform(30, 45, (300, 2))
    for places in (points, np.full((300, 2), np.nan)):
        cell = cut_into_cells(places, np.arange(300.0), np.ones(300), np.array([0.5, 0.25, 0.25]))
        assert np.bincount(cell) == pytest.approx([150, 75, 75], abs=2)


def test_a_market_gets_a_seat_that_takes_it_alone(make_book):
    accounts = [
        {"account_id": f"{seat}{i:02}", "territory_id": seat, "potential": 1, "vertical": "Space" if i < 8 else "Rail"}
        for seat in ("A", "B", "C")
        for i in range(24)
    ]  # fmt: skip
    book = make_book(accounts=accounts, territories=[{"territory_id": seat} for seat in ("A", "B", "C")])
    plan = make_plan(book, Policy(), events=[MarketExpansion(vertical="Space", territory="N")])
    moved = plan.moves.filter(pl.col("to_territory_id") == "N")
    of_market = book.accounts.filter(pl.col("vertical") == "Space")["account_id"]
    assert moved.height >= 15
    assert set(moved["account_id"]) <= set(of_market)
    assert "100 % of a full seat's fair share; from 50 % on a seat of its own is advised" in say(plan, "PL155")


def test_a_market_too_small_for_a_seat_is_said_to_be_shared(make_book):
    accounts = [
        {"account_id": f"{s}{i:02}", "territory_id": s, "potential": 1, "region": "Old" if i > 3 or s == "B" else "New"}
        for s in ("A", "B")
        for i in range(20)
    ]  # fmt: skip
    book = make_book(accounts=accounts, territories=[{"territory_id": "A"}, {"territory_id": "B"}])
    plan = make_plan(book, Policy(), events=[MarketExpansion(region="New")])
    assert plan.n_moves == 0
    words = say(plan, "PL155")
    assert "20 % of a full seat" in words
    assert "better shared" in words
    with pytest.raises(InputError, match="'New'"):
        make_plan(book, Policy(), events=[MarketExpansion(region="Nw")])


def test_a_grown_territory_is_relieved_by_a_seat_that_takes_from_it_alone(make_book):
    book = firm(make_book, {"A": 44, "B": 20, "C": 20})
    plan = make_plan(book, Policy(), events=[MarketExpansion(grown="A", territory="N")])
    check(plan, book)
    moved = plan.moves.filter(pl.col("to_territory_id") == "N")
    assert set(moved["from_territory_id"]) == {"A"}
    assert held(plan)["N"] > 0


def graduates(make_book):
    rows = [
        # id, territory, segment, employees, parent
        ("grew", "S", "small business", 150, None),
        ("margin", "S", "small business", 105, None),
        ("child", "S", "small business", 3, "grew"),
        ("shrank", "M", "mid-market", 80, None),
        ("below a little", "M", "mid-market", 95, None),
        ("unknown", "M", "mid-market", None, None),
        ("other", "M", "government", 5, None),
    ]
    accounts = [
        {"account_id": a, "territory_id": t, "segment": s, "employees": n, "parent_account_id": p, "potential": 1.0}
        for a, t, s, n, p in rows
    ]
    territories = [
        {"territory_id": "S", "segment": "small business"},
        {"territory_id": "M", "segment": "mid-market;government"},
        {"territory_id": "M2", "segment": "mid-market"},
    ]
    return make_book(accounts=accounts, territories=territories)


def test_segments_change_past_the_margin_and_families_go_together(make_book):
    changed = judge_segments(graduates(make_book), Policy())
    assert changed.select("account_id", "new_segment", "way").rows() == [
        ("child", "mid-market", 1),
        ("grew", "mid-market", 1),
        ("shrank", "small business", -1),
    ]


def test_graduates_go_only_to_territories_of_their_new_segment(make_book):
    book = graduates(make_book)
    plan = make_plan(book, Policy().with_values({"bands.potential": "off"}), events=[Graduation()])
    moves = {row["account_id"]: row for row in plan.moves.iter_rows(named=True)}
    assert {"grew", "child", "shrank"} == set(moves)
    assert moves["grew"]["to_territory_id"] in {"M", "M2"}
    assert moves["shrank"]["to_territory_id"] == "S"
    assert moves["grew"]["reason"].startswith("It graduates to mid-market")
    up = make_plan(book, Policy().with_values({"bands.potential": "off"}), events=[Graduation("up")])
    assert set(up.moves["account_id"]) == {"grew", "child"}
    assert "2 from small business to mid-market" in say(plan, "PL156")


def test_graduates_that_no_territory_of_the_segment_may_take_are_named(make_book):
    book = make_book(
        accounts=[{"account_id": "a", "territory_id": "S", "segment": "small business", "employees": 5000}],
        territories=[{"territory_id": "S", "segment": "small business"}],
    )
    plan = make_plan(book, Policy(), events=[Graduation()])
    assert plan.n_moves == 0
    assert "PL157" in {finding.code for finding in plan.findings}


def test_graduation_needs_criteria_and_segments_of_the_book(make_book):
    book = make_book(
        accounts=[{"account_id": "a", "territory_id": "S", "segment": "x"}], territories=[{"territory_id": "S"}]
    )
    with pytest.raises(InputError) as caught:
        make_plan(book, Policy(), events=[Graduation()])
    assert "employees" in str(caught.value)
    assert "the accounts have x" in str(caught.value)


def product(make_book, factor, n=60, **tables):
    rng = np.random.default_rng(1)
    core = rng.lognormal(3, 1, n)
    book = make_book(
        as_of=AS_OF,
        accounts=[
            {"account_id": f"A{i:02}", "territory_id": f"T{i % 4}", "potential": float(core[i]), "workload_hours": 20.0}
            for i in range(n)
        ],
        territories=[{"territory_id": f"T{t}"} for t in range(4)] + tables.pop("layer", []),
        **tables,
    )
    worth = pl.Series("product_potential", core * factor(rng, n))
    book.tables["accounts"].insert_column(-1, worth)
    return book


def test_a_product_that_follows_the_core_is_a_layer_on_it(make_book):
    book = product(make_book, lambda _, n: np.full(n, 0.2))
    plan = make_plan(book, Policy(), events=[NewProduct("add-on", seats=2)])
    overlay = plan.facts["overlay"]
    assert overlay["account_id"].is_unique().all()
    assert overlay.height == 60
    assert overlay.group_by("core_territory_id").agg(pl.col("territory_id").n_unique())["territory_id"].max() == 1
    words = say(plan, "PL158")
    assert "rank correlation with the core's potential is 1.00" in words
    assert "100 % of the two overlap" in words
    assert "Advised: a layer on the existing territories" in words


def test_a_product_that_does_not_follow_the_core_gets_its_own_territories(make_book):
    book = product(make_book, lambda rng, n: rng.permutation(n) ** 3.0)
    plan = make_plan(book, Policy(), events=[NewProduct("add-on", seats=3)])
    overlay = plan.facts["overlay"]
    sums = overlay.group_by("territory_id").agg(pl.col("product_potential").sum())["product_potential"]
    assert sums.max() / sums.mean() <= 1.15 + 1e-9
    assert "Advised: its own territories" in say(plan, "PL158")
    asked = make_plan(book, Policy(), events=[NewProduct("add-on", seats=3, model="layer")])
    assert "The event asks for a layer" in say(asked, "PL158")


def test_the_check_finds_an_account_with_two_owners_in_the_layer(make_book):
    book = product(make_book, lambda _, n: np.ones(n))
    record = write_record(make_plan(book, Policy(), events=[NewProduct("add-on", seats=2)]), render_policy(Policy()))
    assert verify_plan(record, book).holds
    overlay = record.tables["overlay"]
    doubled = replace(record, tables={**record.tables, "overlay": pl.concat([overlay, overlay.head(1)])})
    assert "two owners" in str(verify_plan(doubled, book).findings)


def test_the_layer_has_a_certificate_of_its_own_that_the_check_recomputes(make_book):
    book = product(make_book, lambda rng, n: rng.permutation(n) ** 2.0)
    record = write_record(make_plan(book, Policy(), events=[NewProduct("add-on", seats=3)]), render_policy(Policy()))
    assert verify_plan(record, book).holds
    levels, certificate, overlay = (record.tables[f"overlay{end}"] for end in ("_levels", "_certificate", ""))
    assert levels["level"].to_list() == ["violation", "high", "medium", "low", "cost"]
    assert (levels["bound"] <= levels["value"] + 1e-9).all()
    first, other = overlay["territory_id"][0], overlay.filter(pl.col("territory_id") != overlay["territory_id"][0])
    swapped = overlay.with_columns(
        territory_id=pl.when(pl.int_range(pl.len()) == 0)
        .then(pl.lit(other["territory_id"][0]))
        .otherwise("territory_id")
    )
    forged = {
        "overlay_levels": levels.with_columns(bound="value"),
        # Where everything is unavoidable its prices are nothing, and others prove as much; its parts have to be whole.
        "overlay_certificate": certificate.filter(pl.col("territory_id").is_null() | (pl.int_range(pl.len()) > 0)),
        "overlay": swapped,
    }
    assert first != swapped["territory_id"][0]
    if levels["bound"].to_list() == levels["value"].to_list():
        del forged["overlay_levels"]
    for name, table in forged.items():
        found = verify_plan(replace(record, tables={**record.tables, name: table}), book)
        assert "overlay" in str(found.findings), name
    for lost in ("overlay", "overlay_certificate", "overlay_levels"):
        gone = {name: table for name, table in record.tables.items() if name != lost}
        assert f"{lost}.csv is missing" in str(verify_plan(replace(record, tables=gone), book).findings)


def test_a_new_product_is_measured_as_a_market_and_its_seats_are_drawn_elsewhere(make_book):
    book = product(make_book, lambda _, n: np.full(n, 0.2))
    words = say(make_plan(book, Policy(), events=[MarketExpansion(product="product_potential")]), "PL155")
    assert "The product product_potential has 60 accounts with" in words
    assert "of potential for it" in words
    assert "No seat is opened" in words
    with pytest.raises(InputError, match="new-product:layer=product_potential"):
        MarketExpansion(product="product_potential", territory="NEW")


def test_owners_in_the_layer_stay_and_two_of_them_are_found(make_book):
    start = dt.date(2026, 7, 1)
    book = product(
        make_book,
        lambda _, n: np.ones(n),
        layer=[{"territory_id": "P1", "layer": "add-on"}, {"territory_id": "P2", "layer": "add-on"}],
        ownership=[
            {"account_id": "A00", "territory_id": "P1", "starts_on": start},
            {"account_id": "A01", "territory_id": "P1", "starts_on": start},
            {"account_id": "A01", "territory_id": "P2", "starts_on": start},
        ],
    )
    plan = make_plan(book, Policy(), events=[NewProduct("add-on", model="own")])
    overlay = plan.facts["overlay"]
    assert overlay.filter(pl.col("account_id") == "A00")["territory_id"].item() == "P1"
    assert overlay["account_id"].is_unique().all()
    assert "A01 (P1, P2; the plan has P1)" in say(plan, "PL159")


def test_a_product_that_cannot_be_measured_is_refused(make_book):
    book = firm(make_book, {"A": 5})
    with pytest.raises(InputError, match="product_potential"):
        make_plan(book, Policy(), events=[NewProduct("x")])
    with pytest.raises(InputError, match="vertical"):
        make_plan(book, Policy(), events=[NewProduct("x", fit=("Retail:2",))])


def test_rank_correlation_is_spearmans():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 9, 50).astype(float), rng.integers(0, 9, 50).astype(float)
    assert correlate_ranks(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(correlate_ranks(a, np.ones(50)))


def test_events_that_name_the_same_seat_are_refused_by_name(make_book):
    book = firm(make_book, {"A": 10, "B": 10, "C": 10})
    with pytest.raises(InputError) as caught:
        make_plan(book, Policy(), events=[Merge(("A", "B"), "A"), RepLeft("A"), Layoff(("B",))])
    assert set(caught.value.problems) == {"events, A", "events, B"}
    assert "rep-left:territory=A" in str(caught.value)


def test_every_unknown_seat_of_several_events_is_named(make_book):
    book = firm(make_book, {"A": 10, "B": 10})
    with pytest.raises(InputError) as caught:
        make_plan(book, Policy(), events=[RepLeft("X"), Merge(("A", "Y"), "A")])
    assert "X" in str(caught.value)
    assert "Y" in str(caught.value)


def test_several_events_come_to_the_same_in_any_order(make_book):
    book = firm(make_book, {"A": 24, "B": 18, "C": 20, "D": 20})
    events = [RepLeft("D"), NewHire("N", 0.5), Split("A", ("A", "M"))]
    first = make_plan(book, Policy(), events=events)
    second = make_plan(book, Policy(), events=events[::-1])
    check(first, book)
    assert first.events == second.events
    assert first.assignment.equals(second.assignment)
    assert held(first)["D"] == 0
