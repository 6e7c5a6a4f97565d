"""Ways to set quotas, floors and caps, periods and days, and what can be expected: the worked cases."""

import datetime as dt

import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.consequences import follow_moves
from evenhand.plan.events import RepLeft
from evenhand.plan.make import make_plan, state
from evenhand.plan.quotas import bridge_quotas, find_periods
from evenhand.plan.quotas.periods import quotas_of
from evenhand.policy import Policy

AS_OF = dt.date(2026, 9, 30)
Q3 = {"period_start": dt.date(2026, 7, 1), "period_end": dt.date(2026, 9, 30)}
Q4 = {"period_start": dt.date(2026, 10, 1), "period_end": dt.date(2026, 12, 31)}
YEAR = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 12, 31)}
NO_RELIEF = {"quotas.ramp_relief_share": 0.0}


def firm(make_book, quotas=(1_000_000, 1_000_000, 1_000_000), *, potential=(10, 10, 10), n=10, **tables):
    """Three seats, T1 and T2 of team NORTH, T3 of team SOUTH, with ten equal accounts each."""
    seats = ("T1", "T2", "T3")
    return make_book(
        AS_OF,
        accounts=[
            {"account_id": f"{seat}-{i:02}", "territory_id": seat, "potential": float(worth)}
            for seat, worth in zip(seats, potential, strict=True)
            for i in range(n)
        ],
        territories=[
            {"territory_id": "NORTH"},
            {"territory_id": "SOUTH"},
            *(
                {"territory_id": seat, "parent_territory_id": team}
                for seat, team in zip(seats, ("NORTH", "NORTH", "SOUTH"), strict=True)
            ),
        ],
        quotas=tables.pop("quota_rows", None)
        or [{"territory_id": seat, "amount_cents": q, **Q4} for seat, q in zip(seats, quotas, strict=True)],
        **tables,
    )


def move(book, goes, **values):
    """Return the bridge after moving accounts, given as {account: territory}."""
    policy = Policy().with_values({**NO_RELIEF, **values})
    statement = state(book, policy)
    index = {territory: t for t, territory in enumerate(statement.setting.ids)}
    assigned = statement.present.copy()
    for row, account in enumerate(statement.accounts["account_id"]):
        if account in goes:
            assigned[row] = index[goes[account]]
    return bridge_quotas(book, statement, assigned, policy), follow_moves(book, policy, statement, assigned)


def new(result):
    return dict(result.summary.select("territory_id", "new_cents").iter_rows())


def line(result, name):
    rows = result.lines.filter(line=name)
    return dict(rows.select("territory_id", "amount_cents").iter_rows())


FIVE_TO_T3 = {f"T1-{i:02}": "T3" for i in range(5)}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # T1's accounts are worth 200,000 each, T2's and T3's 100,000.
        ("potential", {"T1": 1_000_000, "T2": 1_000_000, "T3": 2_000_000}),
        # 5, 10 and 15 of 30 accounts of the same potential share 4,000,000.
        ("proportional", {"T1": 666_667, "T2": 1_333_333, "T3": 2_000_000}),
        # The north keeps its 3,000,000 for 5 and 10 accounts, the south its 1,000,000.
        ("team", {"T1": 1_000_000, "T2": 2_000_000, "T3": 1_000_000}),
    ],
)
def test_each_way_of_setting_quotas(make_book, method, expected):
    result, _ = move(firm(make_book, (2_000_000, 1_000_000, 1_000_000)), FIVE_TO_T3, **{"quotas.method": method})
    assert new(result) == expected
    # Whatever the method, a rep sees what the accounts did.
    assert line(result, "accounts_leaving")["T1"] == -1_000_000
    assert line(result, "accounts_arriving")["T3"] == 1_000_000


def test_top_down_shares_a_target_with_over_assignment(make_book):
    values = {
        "quotas.method": "top-down",
        "quotas.company_target_cents": 3_300_000,
        "quotas.over_assignment_share": 0.1,
    }
    result, _ = move(firm(make_book), {}, **values)
    assert new(result) == {"T1": 1_210_000, "T2": 1_210_000, "T3": 1_210_000}
    assert result.teams.rows() == [("NORTH", 2_200_000, 2_420_000), ("SOUTH", 1_100_000, 1_210_000)]
    (finding,) = result.findings
    assert finding.code == "PL133"
    assert "USD 6,300.00 more than the opening USD 30,000.00" in finding.message


def test_what_a_team_without_accounts_carried_goes_to_the_others(make_book):
    result, _ = move(firm(make_book), {f"T3-{i:02}": "T1" for i in range(10)}, **{"quotas.method": "team"})
    assert new(result) == {"T1": 2_000_000, "T2": 1_000_000, "T3": 0}
    assert [finding.code for finding in result.findings] == ["PL135"]


def test_a_floor_holds_and_the_others_carry_it(make_book):
    result, _ = move(firm(make_book), FIVE_TO_T3, **{"quotas.floor_share": 0.8})
    assert line(result, "floor") == {"T1": 300_000, "T2": 0, "T3": 0}
    assert new(result) == {"T1": 800_000, "T2": 880_000, "T3": 1_320_000}


def test_a_cap_holds_and_the_others_carry_it(make_book):
    result, _ = move(firm(make_book), FIVE_TO_T3, **{"quotas.cap_share": 1.2})
    assert line(result, "cap")["T3"] == -300_000
    assert new(result) == {"T1": 600_000, "T2": 1_200_000, "T3": 1_200_000}


def test_floors_above_the_total_are_named_with_the_amount(make_book):
    result, _ = move(firm(make_book), {}, **{"quotas.floor_cents": 1_100_000})
    assert set(new(result).values()) == {1_100_000}
    finding = next(finding for finding in result.findings if finding.code == "PL132")
    assert finding.evidence["difference_cents"] == 300_000
    assert "USD 3,000.00 more than the total USD 30,000.00" in finding.message
    assert "PL133" in {finding.code for finding in result.findings}


def test_a_floor_above_the_cap_gives_way_to_it(make_book):
    late = {"opportunity_id": "O", "account_id": "T1-00", "stage_number": 4, "is_closed": False}
    book = firm(make_book, opportunities=[{**late, "amount_cents": 5_000_000}])
    result, _ = move(book, {"T1-00": "T2"}, **{"quotas.never_below_kept": True, "quotas.cap_share": 1.5})
    assert new(result)["T1"] == 1_500_000
    finding = next(finding for finding in result.findings if finding.code == "PL131")
    assert finding.evidence["territory_ids"] == ["T1"]
    unlimited, _ = move(book, {"T1-00": "T2"}, **{"quotas.never_below_kept": True})
    assert "PL132" in {finding.code for finding in unlimited.findings}
    assert new(unlimited)["T1"] == 5_000_000


def test_renewals_are_not_kept_through_close(make_book):
    deal = {"opportunity_id": "O", "account_id": "T1-00", "stage_number": 4, "is_closed": False, "amount_cents": 40_000}
    for kind, kept in (("new", 40_000), ("renewal", 0)):
        result, _ = move(firm(make_book, opportunities=[{**deal, "type": kind}]), {"T1-00": "T2"})
        assert line(result, "pipeline_kept")["T1"] == kept


def test_half_a_period_moves_half_of_the_quota(make_book):
    result, _ = move(firm(make_book), FIVE_TO_T3, **{"quotas.effective_on": "2026-11-16"})
    # 46 of the 92 days of the quarter remain, the 16th of November one of them.
    assert line(result, "accounts_leaving")["T1"] == -250_000
    assert new(result) == {"T1": 750_000, "T2": 1_000_000, "T3": 1_250_000}
    # For the days that remain, leaving it would have doubled the quota per account.
    assert result.summary.row(0, named=True)["unchanged_raise_share"] == pytest.approx(1.0)


def test_relief_ends_after_three_months(make_book):
    values = {"quotas.ramp_relief_share": 0.5, "quotas.n_periods": 3}
    at_start, _ = move(firm(make_book), FIVE_TO_T3, **values)
    late, _ = move(firm(make_book), FIVE_TO_T3, **values, **{"quotas.effective_on": "2026-11-16"})

    def relief(result):
        rows = result.by_period.filter(result.by_period["line"] == "ramp_relief").filter(territory_id="T3")
        return rows["amount_cents"].to_list()

    assert relief(at_start) == [-250_000, 0, 0]
    # Until 15 February: all of the 46 days left, and 46 of the 90 days of the next quarter.
    assert relief(late) == [-125_000, round(-250_000 * 46 / 90), 0]


def test_a_year_has_relief_for_a_quarter_of_it(make_book):
    rows = [{"territory_id": seat, "amount_cents": 3_650_000, **YEAR} for seat in ("T1", "T2", "T3")]
    book = firm(make_book, quota_rows=rows)
    values = {"quotas.ramp_relief_share": 0.5, "quotas.effective_on": "2026-01-01"}
    result, _ = move(book, FIVE_TO_T3, **values)
    assert line(result, "ramp_relief")["T3"] == round(-0.5 * 1_825_000 * 90 / 365)


@pytest.mark.parametrize(
    ("rule", "start", "takes_effect_on"),
    [
        ("next period", dt.date(2026, 10, 1), dt.date(2026, 10, 1)),
        ("at once", dt.date(2026, 10, 1), dt.date(2026, 10, 1)),
        ("2026-09-01", dt.date(2026, 7, 1), dt.date(2026, 9, 1)),
        ("2027-02-10", dt.date(2027, 1, 1), dt.date(2027, 2, 10)),
    ],
)
def test_the_period_in_which_it_takes_effect(make_book, rule, start, takes_effect_on):
    rows = [{"territory_id": "T1", "amount_cents": 1, **period} for period in (Q3, Q4)]
    periods = find_periods(firm(make_book, quota_rows=rows), Policy().with_values({"quotas.effective_on": rule}))
    assert (periods[0].start, periods[0].takes_effect_on) == (start, takes_effect_on)
    assert periods[1].start == periods[0].end + dt.timedelta(days=1)


def test_quotas_of_other_periods_stand_in(make_book):
    months = [(10, 31), (11, 30), (12, 31)]
    rows = [
        {"territory_id": "T1", "amount_cents": 900_000, **Q4},
        *(
            {
                "territory_id": "T2",
                "amount_cents": 100_000 * month,
                "period_start": dt.date(2026, month, 1),
                "period_end": dt.date(2026, month, last),
            }
            for month, last in months
        ),
        {"territory_id": "T3", "amount_cents": 3_650_000, **YEAR},
    ]
    book = firm(make_book, quota_rows=rows)
    result, _ = move(book, {}, **{"quotas.effective_on": "2026-10-01"})
    assert result.summary["period_start"].unique().to_list() == [dt.date(2026, 10, 1)]
    period = result.summary.row(0, named=True)["period_end"]
    # The shortest period that holds the day is October.
    assert period == dt.date(2026, 10, 31)
    quarter = find_periods(firm(make_book), Policy())[0]
    assert quotas_of(book, quarter).rows() == [
        ("T1", 900_000, "period"),
        ("T2", 3_300_000, "parts"),
        ("T3", 920_000, "longer"),
    ]


@pytest.mark.parametrize("value", ["soon", "2026-13-01", ""])
def test_a_day_that_is_none_is_refused(value):
    with pytest.raises(InputError, match="effective_on"):
        Policy().with_values({"quotas.effective_on": value})


def history(ratios):
    """Quota rows of 2025 with what each seat attained, and the quota of the quarter to come."""
    starts = [dt.date(2025, month, 1) for month in (1, 4, 7, 10)]
    ends = [dt.date(2025, 3, 31), dt.date(2025, 6, 30), dt.date(2025, 9, 30), dt.date(2025, 12, 31)]
    rows = [
        {
            "territory_id": seat,
            "amount_cents": 1_000_000,
            "attained_cents": round(1_000_000 * (ratio + (0.02 if quarter % 2 else -0.02))),
            "period_start": start,
            "period_end": end,
        }
        for seat, ratio in ratios.items()
        for quarter, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return rows + [{"territory_id": seat, "amount_cents": 1_000_000, **Q4} for seat in ratios]


def test_fewer_accounts_of_a_strong_seat_leave_its_attainment_and_proportional_quotas_even_it_out(make_book):
    book = firm(make_book, quota_rows=history({"T1": 1.3, "T2": 1.0, "T3": 0.7}))
    values = {"ramp.start_share": 1.0, "ranges.attainment": {"low": 0.85, "high": 1.1}}
    _, carried = move(book, FIVE_TO_T3, **values)
    seats = {row["territory_id"]: row for row in carried.fairness.seats.iter_rows(named=True)}
    assert seats["T1"]["attainment_before"] == pytest.approx(1.3, abs=0.01)
    assert seats["T1"]["attainment_after"] == pytest.approx(1.3, abs=0.01)
    # Ten accounts that attain 70 % of 100,000 and five that attain 130 %.
    assert seats["T3"]["attainment_after"] == pytest.approx(0.9, abs=0.01)
    assert seats["T1"]["attainment_before_low"] < 1.3 < seats["T1"]["attainment_before_high"]
    assert carried.fairness.before.in_range_share == pytest.approx(1 / 3)
    assert carried.fairness.after.in_range_share == pytest.approx(2 / 3)
    assert carried.fairness.after.variation < carried.fairness.before.variation


def test_without_history_only_potential_is_compared(make_book):
    _, result = move(firm(make_book, potential=(20, 10, 10)), {})
    seats = result.fairness.seats
    assert result.fairness.basis == "potential"
    assert seats["attainment_before"].to_list() == pytest.approx([1.5, 0.75, 0.75])
    assert seats["attainment_before_low"].null_count() == 3
    assert "no interval" in result.fairness.method


def codes(result):
    return {finding.code: finding.message for finding in result.findings}


def test_a_seat_without_a_quota_is_named_and_the_total_still_stays(make_book):
    rows = [{"territory_id": seat, "amount_cents": 1_000_000, **Q4} for seat in ("T1", "T2")]
    result, _ = move(firm(make_book, quota_rows=rows), {"T3-00": "T1", "T1-00": "T3"})
    assert codes(result)["PL137"].startswith("1 seat has no quota in the book: T3. It counts as 0")
    assert new(result) == {"T1": 900_000, "T2": 1_000_000, "T3": 100_000}
    whole, _ = move(firm(make_book), {})
    assert not {"PL137", "PL138", "PL139"} & set(codes(whole))


def test_quotas_that_are_all_0_are_said(make_book):
    result, _ = move(firm(make_book, (0, 0, 0)), FIVE_TO_T3)
    assert set(new(result).values()) == {0}
    assert "All quotas of the period" in codes(result)["PL138"]


def test_a_quota_that_goes_with_no_account_is_named_to_the_cent(make_book):
    whole = firm(make_book, (1_000_000, 1_000_000, 333_333))
    book = make_book(
        AS_OF,
        accounts=whole.accounts.filter(pl.col("territory_id") != "T3"),
        territories=whole.territories,
        quotas=whole.quotas,
    )
    plan = make_plan(book, Policy(), events=[RepLeft("T3")])
    found = {finding.code: finding.message for finding in plan.findings}
    assert found["PL139"] == ("T3 is given up, but USD 3,333.33 of its quota go with no account and stay with nobody.")
    assert plan.quota_summary["new_cents"].sum() == 2_333_333
