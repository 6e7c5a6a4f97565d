from datetime import date, timedelta

import polars as pl
import pytest

from evenhand.app.sample import Firm, make_firm
from evenhand.app.sample.request import STORIES


def told(story: str, **arguments: int) -> Firm:
    return make_firm(story=story, **({"n_accounts": 2000, "n_territories": 24} | arguments))


def vacant(firm: Firm) -> set[str]:
    table = firm.tables["territories"]
    seats = set(table["territory_id"]) - set(table["parent_territory_id"].drop_nulls())
    covered = firm.tables["coverage"].filter(pl.col("ends_on").is_null())["territory_id"]
    return seats - set(covered)


def test_drift_leaves_every_seat_covered() -> None:
    firm = told("drift")
    assert vacant(firm) == set()
    assert firm.truth["story"] == {"story": "drift"}


def test_rep_left_leaves_one_seat_vacant_and_its_pipeline_in_the_name_of_who_left() -> None:
    firm = told("rep-left")
    assert vacant(firm) == {"T07"}
    story = firm.truth["story"]
    assert story["event"] == "rep-left:territory=T07"
    assert story["last_day"] == {"T07": str(firm.request.as_of - timedelta(days=21))}
    gone = firm.truth["departures"].filter(pl.col("territory_id") == "T07")["rep_id"][-1]
    accounts = firm.tables["accounts"].filter(pl.col("territory_id") == "T07")
    pipeline = firm.tables["opportunities"].filter(~pl.col("is_closed")).join(accounts, on="account_id")
    assert set(pipeline["rep_id"]) == {gone}


def test_layoff_gives_up_three_seats_on_the_day() -> None:
    firm = told("layoff")
    assert vacant(firm) == {"T03", "T11", "T19"}
    assert set(firm.truth["story"]["last_day"].values()) == {str(firm.request.as_of)}
    assert firm.truth["story"]["event"] == "layoff:territories=T03;T11;T19"


def test_new_hire_adds_an_empty_territory_with_a_rep_beside_the_fullest() -> None:
    firm = told("new-hire")
    story = firm.truth["story"]
    assert story["territories"] == ["T25"]
    assert story["event"] == "new-hire:territory=T25,capacity_share=0.5"
    row = firm.tables["territories"].row(by_predicate=pl.col("territory_id") == "T25", named=True)
    beside = firm.tables["territories"].row(by_predicate=pl.col("territory_id") == story["beside"], named=True)
    assert row["capacity_share"] == 0.5
    assert (row["latitude"], row["parent_territory_id"]) == (beside["latitude"], beside["parent_territory_id"])
    assert "T25" not in set(firm.tables["accounts"]["territory_id"])
    assert vacant(firm) == set()
    rep = firm.tables["reps"].row(by_predicate=pl.col("rep_id") == story["rep_id"], named=True)
    neighbour = firm.tables["coverage"].filter(
        (pl.col("territory_id") == story["beside"]) & pl.col("ends_on").is_null()
    )
    manager = firm.tables["reps"].filter(pl.col("rep_id") == neighbour["rep_id"][0])["manager_id"][0]
    assert rep["manager_id"] == manager


def test_new_product_starts_a_second_layer_with_few_accounts_in_it() -> None:
    firm = told("new-product")
    story = firm.truth["story"]
    layer = firm.tables["territories"].filter(pl.col("layer") == story["layer"])
    assert layer["territory_id"].to_list() == story["territories"] == ["P01", "P02", "P03", "P04"]
    owned = firm.tables["ownership"].filter(pl.col("territory_id").is_in(layer["territory_id"].implode()))
    assert owned["account_id"].is_unique().all()
    assert owned.height == story["n_accounts_started"]
    assert 0.05 < owned.height / 2000 < 0.25
    assert set(layer["territory_id"]) <= set(firm.tables["coverage"]["territory_id"])
    assert story["product_potential"].height == 2000
    customers = firm.tables["accounts"].drop_nulls("product_usage")
    assert 0.2 < customers.height / 2000 < 0.6


def test_graduation_has_clear_cases_and_ones_within_the_margin() -> None:
    firm = told("graduation")
    cases = firm.truth["story"]["accounts"].join(firm.tables["accounts"], on="account_id", suffix="_now")
    assert (cases["segment"] == cases["segment_now"]).all()
    least = pl.col("segment_by_employees").replace_strict({"small business": 0, "mid-market": 100, "enterprise": 1000})
    past = cases.with_columns(past=pl.col("employees") / least)
    assert past.filter(pl.col("kind") == "graduates")["past"].min() >= 1.25
    margin = past.filter(pl.col("kind") == "within the margin")["past"]
    assert margin.min() >= 1
    assert margin.max() <= 1.08
    own = pl.col("segment").replace_strict({"mid-market": 100, "enterprise": 1000}, default=None)
    assert cases.filter(pl.col("kind") == "relegated").select((pl.col("employees") / own).max()).item() < 0.75
    assert set(cases["kind"]) == {"graduates", "relegated", "within the margin"}
    drift = told("drift").tables["accounts"]
    others = firm.tables["accounts"].join(cases, on="account_id", how="anti")
    assert others.equals(drift.join(cases, on="account_id", how="anti"))


@pytest.mark.parametrize("story", STORIES)
def test_every_story_can_be_told_of_the_smallest_firm(story: str) -> None:
    firm = make_firm(n_accounts=100, n_territories=3, story=story, as_of=date(2025, 2, 14), quarters=4)
    assert firm.tables["accounts"].height == 100
    assert firm.truth["story"]["story"] == story
    assert len(vacant(firm)) == (1 if story in {"rep-left", "layoff"} else 0)
