"""The worked example: A is overloaded and over-performs by volume, B is starved, C is healthy."""

import datetime as dt

import pytest

from evenhand.diagnose import Call, Driver, diagnose
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)

#                 A        B        C       low      high
EXAMPLE = {
    "accounts": (340, 120, 210, 180, 240),
    "pipeline_ttm": (4_200_000, 1_100_000, 2_800_000, 2_500_000, 3_500_000),
    "attainment": (1.32, 0.62, 0.94, 0.85, 1.10),
    "deal_size": (38_000, 42_000, 35_000, 30_000, 45_000),
    "active_opportunities": (47, 11, 28, 25, 35),
}
SEATS = ("A", "B", "C")
N_WON, N_CLOSED = 12, 48


def accounts_of(seat, n):
    return [{"account_id": f"{seat}{i:03}", "territory_id": seat} for i in range(n)]


def opportunities_of(seat, *, n_open, deal, pipeline):
    """Closed deals of the right average, and open ones that bring what was created in the year to the total."""
    closed = [
        {
            "opportunity_id": f"{seat}-closed-{i}",
            "account_id": f"{seat}{i:03}",
            "amount_cents": deal * 100,
            "created_on": dt.date(2025, 3, 1),
            "closed_on": dt.date(2026, 2, 1),
            "is_closed": True,
            "is_won": i < N_WON,
        }
        for i in range(N_CLOSED)
    ]
    each, rest = divmod(pipeline * 100, n_open)
    running = [
        {
            "opportunity_id": f"{seat}-open-{i}",
            "account_id": f"{seat}{i:03}",
            "amount_cents": each + (rest if i == 0 else 0),
            "created_on": dt.date(2026, 5, 1),
            "is_closed": False,
        }
        for i in range(n_open)
    ]
    return closed + running


@pytest.fixture(scope="module")
def diagnosis(make_book):
    columns = {name: dict(zip(SEATS, row[:3], strict=True)) for name, row in EXAMPLE.items()}
    book = make_book(
        AS_OF,
        territories=[{"territory_id": seat} for seat in SEATS],
        accounts=[row for seat in SEATS for row in accounts_of(seat, columns["accounts"][seat])],
        opportunities=[
            row
            for seat in SEATS
            for row in opportunities_of(
                seat,
                n_open=columns["active_opportunities"][seat],
                deal=columns["deal_size"][seat],
                pipeline=columns["pipeline_ttm"][seat],
            )
        ],
        quotas=[
            {
                "territory_id": seat,
                "period_start": dt.date(2025, 10, 1),
                "period_end": AS_OF,
                "amount_cents": 100_000_000,
                "attained_cents": round(columns["attainment"][seat] * 100_000_000),
            }
            for seat in SEATS
        ],
    )
    policy = Policy.of({"ranges": {name: {"low": row[3], "high": row[4]} for name, row in EXAMPLE.items()}})
    return diagnose(book, policy)


@pytest.mark.parametrize("measure", EXAMPLE)
def test_the_table_comes_out(diagnosis, measure):
    rows = diagnosis.territories.filter(measure=measure)
    unit = 100 if measure in {"pipeline_ttm", "deal_size"} else 1
    values = dict(rows.select("territory_id", "value").iter_rows())
    assert values == {seat: pytest.approx(EXAMPLE[measure][i] * unit) for i, seat in enumerate(SEATS)}
    status = dict(rows.select("territory_id", "status").iter_rows())
    low, high = EXAMPLE[measure][3:]
    for i, seat in enumerate(SEATS):
        value = EXAMPLE[measure][i]
        assert status[seat] == ("under" if value < low else "over" if value > high else "within")


@pytest.mark.parametrize(
    ("seat", "call", "performance", "driver"),
    [
        ("A", Call.OVERLOADED, "over", Driver.VOLUME),
        ("B", Call.STARVED, "under", Driver.VOLUME),
        ("C", Call.HEALTHY, "within", Driver.NONE),
    ],
)
def test_the_verdicts_come_out(diagnosis, seat, call, performance, driver):
    verdict = next(v for v in diagnosis.verdicts if v.territory_id == seat)
    assert (verdict.call, verdict.performance, verdict.driver) == (call, performance, driver)


def test_the_sentences_name_the_figures_that_decided(diagnosis):
    sentences = {verdict.territory_id: verdict.sentence for verdict in diagnosis.verdicts}
    assert sentences == {
        "A": "Overloaded: 340 accounts (range 180–240), 47 qualified accounts (range 25–32), $4.2M of pipeline "
        "generated in twelve months (range $2.5M–$3.5M) and 47 open opportunities (range 25–35) are all above "
        "range; it over-performs, at 132 % of quota (range 85–110 %), by volume, not skill: an average deal "
        "of $38K (range $30K–$45K) and a win rate of 25 % (range 18–33 %) are both within range.",
        "B": "Starved: 120 accounts (range 180–240), 11 qualified accounts (range 25–32), $1.1M of pipeline "
        "generated in twelve months (range $2.5M–$3.5M) and 11 open opportunities (range 25–35) are all below "
        "range; it under-performs, at 62 % of quota (range 85–110 %), for want of volume, not of skill: an "
        "average deal of $42K (range $30K–$45K) and a win rate of 25 % (range 18–33 %) are both within range.",
        "C": "Healthy: 210 accounts (range 180–240), 28 qualified accounts (range 25–32), $2.8M of pipeline "
        "generated in twelve months (range $2.5M–$3.5M) and 28 open opportunities (range 25–35) are all "
        "within range; at 94 % of quota (range 85–110 %) it performs within range.",
    }


def test_what_the_example_does_not_say_decides_nothing(diagnosis):
    unknown = diagnosis.territories.filter(status="unknown")["measure"].unique().to_list()
    assert set(unknown) == {"workload_share", "potential"}
    assert all(reason for reason in diagnosis.territories.filter(status="unknown")["reason_missing"])
