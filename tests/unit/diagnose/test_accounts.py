"""Each account's figures are those that a person would get by hand."""

import datetime as dt

import polars as pl
import pytest

from evenhand.diagnose.accounts import COLUMNS, measure_accounts
from evenhand.diagnose.distance import find_centres
from evenhand.diagnose.windows import months_before
from evenhand.foundation.globe import haversine_km
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
TERRITORIES = [{"territory_id": "T1"}, {"territory_id": "T2"}]


def account(account_id: str, **facts: object) -> dict[str, object]:
    return {"account_id": account_id, "territory_id": "T1", **facts}


def opportunity(opportunity_id: str, account_id: str = "A1", **facts: object) -> dict[str, object]:
    return {"opportunity_id": opportunity_id, "account_id": account_id, **facts}


@pytest.fixture
def measure(make_book):
    def run(accounts, policy=None, **tables):
        book = make_book(AS_OF, accounts=accounts, territories=tables.pop("territories", TERRITORIES), **tables)
        return measure_accounts(book, policy or Policy())

    return run


def test_one_row_per_active_account_with_every_column(measure):
    figures = measure([account("A2"), account("A1"), account("A3", churned_on=dt.date(2026, 1, 1))])
    assert figures["account_id"].to_list() == ["A1", "A2"]
    assert tuple(figures.columns) == COLUMNS


def test_an_empty_book_has_no_figures(measure):
    assert measure([]).height == 0


@pytest.mark.parametrize(
    ("day", "n_months", "expected"),
    [
        (dt.date(2026, 9, 30), 12, dt.date(2025, 9, 30)),
        (dt.date(2026, 9, 30), 3, dt.date(2026, 6, 30)),
        (dt.date(2026, 6, 30), 3, dt.date(2026, 3, 31)),
        (dt.date(2026, 3, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2026, 1, 15), 1, dt.date(2025, 12, 15)),
        (dt.date(2024, 3, 30), 1, dt.date(2024, 2, 29)),
    ],
)
def test_whole_months_stay_whole(day, n_months, expected):
    assert months_before(day, n_months) == expected


def test_pipeline_counts_what_was_made_in_the_window_and_what_is_open(measure):
    figures = measure(
        [account("A1")],
        opportunities=[
            opportunity("O1", amount_cents=100, created_on=dt.date(2025, 9, 30), is_closed=False),
            opportunity("O2", amount_cents=10, created_on=dt.date(2025, 10, 1), is_closed=False),
            opportunity(
                "O3",
                amount_cents=1,
                created_on=AS_OF,
                closed_on=AS_OF,
                is_closed=True,
                is_won=True,
            ),
            opportunity("O4", amount_cents=1000, created_on=dt.date(2026, 10, 1), is_closed=None),
            opportunity("O5", created_on=dt.date(2025, 1, 1), closed_on=AS_OF, is_closed=True, is_won=True),
            opportunity(
                "O6", amount_cents=7, created_on=dt.date(2024, 1, 1), closed_on=AS_OF, is_closed=True, is_won=False
            ),
            opportunity("O7", closed_on=dt.date(2025, 9, 30), is_closed=True, is_won=True, amount_cents=500),
            opportunity("O8", closed_on=AS_OF, is_closed=True, is_won=None, amount_cents=500),
        ],
    )
    row = figures.row(0, named=True)
    assert row["open_pipeline_cents"] == 110
    assert row["n_open"] == 2
    assert row["pipeline_ttm_cents"] == 11
    assert (row["n_closed"], row["n_won"], row["n_won_priced"], row["won_cents"]) == (3, 2, 1, 1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"fits_icp": True, "in_buying_cycle": True}, True),
        ({"fits_icp": False, "in_buying_cycle": True, "expansion_potential": 1.0}, False),
        ({"fits_icp": True, "in_buying_cycle": False, "expansion_potential": 0.5}, True),
        ({"fits_icp": True, "in_buying_cycle": False, "expansion_potential": 0.49}, False),
        ({"fits_icp": True, "last_activity_on": dt.date(2026, 7, 2)}, True),
        ({"fits_icp": True, "last_activity_on": dt.date(2026, 7, 1)}, False),
        ({"fits_icp": True}, None),
        ({"in_buying_cycle": True}, True),
    ],
)
def test_qualified_fits_and_buys_or_can_expand(measure, facts, expected):
    assert measure([account("A1", **facts)])["qualified"].to_list() == [expected]


def test_fit_and_buying_are_worked_out_where_they_are_not_filled_in(measure):
    policy = Policy.of({"qualified": {"icp_verticals": ["health"]}})
    figures = measure(
        [
            account("A1", vertical="health"),
            account("A2", vertical="retail"),
            account("A3"),
            account("A4", vertical="retail", fits_icp=True),
        ],
        policy,
        opportunities=[opportunity("O1", f"A{i}", is_closed=False) for i in (1, 2, 3, 4)],
    )
    assert figures["qualified"].to_list() == [True, False, False, True]


def test_given_potential_is_kept_and_the_rest_scored_in_its_unit(measure):
    figures = measure(
        [
            account("A1", potential=1000.0, annual_revenue_cents=100),
            account("A2", potential=2000.0, annual_revenue_cents=400),
            account("A3", annual_revenue_cents=400),
        ]
    )
    # Sizes against the median of 400: 0.5, 1, 1 by the square root; 3000 given for 1.5 scored, so 2000 a size.
    assert figures["potential"].to_list() == pytest.approx([1000, 2000, 2000])
    assert figures["potential_source"].to_list() == ["given", "given", "scored"]
    assert figures["potential_size"].to_list() == [None, None, pytest.approx(2000)]


def test_the_score_adds_up_from_its_parts(measure):
    policy = Policy.of({"potential": {"industry_fit": {"health": 1.0}, "default_fit": 0.25}})
    figures = measure(
        [
            account("A1", annual_revenue_cents=400, vertical="health", in_buying_cycle=True, expansion_potential=0.5),
            account("A2", annual_revenue_cents=100, vertical="retail", in_buying_cycle=False, product_usage=0.1),
            account("A3", annual_revenue_cents=100, in_buying_cycle=False),
        ],
        policy,
    )
    assert figures.select("potential_size", "potential_fit", "potential_propensity", "potential_expansion").rows() == [
        pytest.approx((80, 20, 20, 10)),
        pytest.approx((40, 5, 0, 2)),
        pytest.approx((40, 5, 0, 6)),
    ]
    assert figures["potential"].to_list() == pytest.approx([130, 47, 51])


def test_a_part_without_facts_gives_its_weight_to_the_others(measure):
    figures = measure([account("A1", employees=10), account("A2", employees=40), account("A3", employees=10)])
    assert figures["potential"].to_list() == pytest.approx([100, 200, 100])
    assert figures["potential_fit"].to_list() == [None] * 3


def test_without_any_facts_every_account_counts_the_same(measure):
    figures = measure([account("A1"), account("A2")])
    assert figures["potential"].to_list() == [100.0, 100.0]
    assert set(figures["potential_source"]) == {"flat"}


def test_an_account_of_unknown_size_is_worth_something_even_when_it_is_not_buying(measure):
    figures = measure([account("A1", in_buying_cycle=True), account("A2", in_buying_cycle=False)])
    assert figures["potential"].to_list() == pytest.approx([100, 100 * 0.4 / 0.6])
    assert set(figures["potential_source"]) == {"scored"}


def test_workload_is_calls_travel_and_open_work(measure):
    policy = Policy.of(
        {
            "workload": {
                "tiers": {
                    "A": {"calls_per_year": 10, "hours_per_call": 2},
                    "C": {"calls_per_year": 1, "hours_per_call": 1},
                },
                "visits_share": 0.5,
                "travel_speed_km_h": 100,
                "detour": 1.0,
                "most_travel_hours": 3,
                "opportunity_hours": 5,
            }
        }
    )
    one_degree_km = 111.195
    figures = measure(
        [
            account("A1", tier="A", latitude=1.0, longitude=0.0),
            account("A2", tier="A", latitude=2.0, longitude=0.0),
            account("A3", tier="unheard of"),
            account("A4", workload_hours=7.5),
        ],
        policy,
        territories=[{"territory_id": "T1", "latitude": 0.0, "longitude": 0.0}],
        opportunities=[opportunity("O1", "A1", is_closed=False), opportunity("O2", "A4", is_closed=False)],
    )
    assert figures["distance_km"].to_list()[:2] == pytest.approx([one_degree_km, 2 * one_degree_km], abs=0.01)
    assert figures["travel_hours"].to_list() == [pytest.approx(5 * 2 * one_degree_km / 100, abs=1e-3), 0.0, 0.0, None]
    assert figures["workload_hours"].to_list() == pytest.approx([20 + 11.1195 + 5, 20, 1, 7.5], abs=1e-3)
    assert figures["workload_source"].to_list() == ["computed"] * 3 + ["given"]


def test_a_territory_without_a_base_is_based_at_the_centre_of_its_accounts(measure):
    figures = measure([account("A1", latitude=0.0, longitude=179.0), account("A2", latitude=0.0, longitude=-179.0)])
    assert figures["distance_km"].to_list() == pytest.approx([111.195, 111.195], abs=0.01)


def test_distances_are_those_of_the_globe():
    points = pl.DataFrame(
        {"a": [52.5200, 90.0, 10.0], "b": [13.4050, 0.0, 10.0], "c": [48.8566, -90.0, 10.0], "d": [2.3522, 0.0, 10.0]}
    )
    distance = points.select(haversine_km(*(pl.col(c) for c in "abcd")).alias("km"))["km"].to_list()
    assert distance == [pytest.approx(877.5, abs=0.5), pytest.approx(20015.1, abs=0.1), 0.0]


def test_the_centre_of_nothing_is_nowhere():
    schema = {"t": pl.String, "latitude": pl.Float64, "longitude": pl.Float64}
    assert find_centres(pl.DataFrame(schema=schema), "t").height == 0


def test_the_order_of_rows_does_not_matter(measure):
    accounts = [account(f"A{i}", employees=i, latitude=float(i), longitude=float(-i)) for i in range(1, 9)]
    deals = [opportunity(f"O{i}", f"A{i % 8 + 1}", is_closed=i % 3 == 0, amount_cents=i) for i in range(30)]
    assert measure(accounts, opportunities=deals).equals(measure(accounts[::-1], opportunities=deals[::-1]))
