"""The propensity to buy is accepted where the past foretells, refused where it doesn't, and never peeks."""

import datetime as dt
import sys

import numpy as np
import polars as pl
import pytest

from evenhand.diagnose import diagnose, measure_accounts
from evenhand.diagnose.propensity import Standing, learn_propensity
from evenhand.diagnose.propensity.facts import FACTS, list_facts
from evenhand.diagnose.windows import months_before
from evenhand.foundation.errors import InputError
from evenhand.policy import Policy

pytest.importorskip("sklearn", reason="needs scikit-learn (extra stats)")

AS_OF = dt.date(2026, 9, 30)
LEARNED = Policy.of({"potential": {"propensity": "learned"}})
OPEN_SHARE, WINS_IF_OPEN, WINS_IF_NOT = 0.3, 0.5, 0.05
N_QUARTERS = 8


def make_deals(n_accounts, *, seed, has_signal=True, n_quarters=N_QUARTERS, win_shares=(WINS_IF_OPEN, WINS_IF_NOT)):
    """Deals of which it is known how likely each account was to win in the quarter after any cut.

    With signal, an account that has an open opportunity at the cut wins with the first share, another with the second
    (by a deal that is opened and won within the quarter). Without, all win alike, and nothing is open at a cut.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for back in range(n_quarters, -1, -1):
        cut, until = months_before(AS_OF, 3 * back), months_before(AS_OF, 3 * max(back - 1, 0))
        is_open = rng.random(n_accounts) < OPEN_SHARE if has_signal else np.zeros(n_accounts, bool)
        won = rng.random(n_accounts) < np.where(is_open, *win_shares)
        for account in np.flatnonzero(is_open | won | (rng.random(n_accounts) < 0.1)):
            created = cut - dt.timedelta(days=int(rng.integers(5, 60))) if is_open[account] else cut + dt.timedelta(3)
            is_now = back == 0
            if is_now and not is_open[account]:
                continue
            rows.append(
                {
                    "opportunity_id": f"O{len(rows):06d}",
                    "account_id": f"A{account:05d}",
                    "type": "new",
                    "created_on": created,
                    "closed_on": None if is_now else until - dt.timedelta(days=int(rng.integers(0, 60))),
                    "is_closed": not is_now,
                    "is_won": None if is_now else bool(won[account]),
                }
            )
    return rows


def make_accounts(n, **columns):
    return [
        {
            "account_id": f"A{i:05d}",
            "territory_id": f"T{i % 3}",
            "annual_revenue_cents": 100_000 * (1 + i % 7),
            **columns,
        }
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def firm_of(make_book):
    def make(deals, n_accounts, **columns):
        territories = [{"territory_id": f"T{i}"} for i in range(3)]
        return make_book(
            AS_OF, accounts=make_accounts(n_accounts, **columns), territories=territories, opportunities=deals
        )

    return make


@pytest.fixture(scope="module")
def telling(firm_of):
    book = firm_of(make_deals(1500, seed=1), 1500)
    return book, learn_propensity(book, LEARNED)


def test_a_past_that_foretells_is_accepted_and_its_probabilities_are_the_true_ones(telling):
    book, found = telling
    assert found.standing is Standing.ACCEPTED, found.sentence
    assert found.brier.low > 0
    assert found.log.low > 0
    is_open = set(book.opportunities.filter(~pl.col("is_closed"))["account_id"])
    by_open = found.accounts.group_by(pl.col("account_id").is_in(list(is_open))).agg(pl.col("propensity").mean())
    mean = dict(by_open.iter_rows())
    assert mean[True] == pytest.approx(WINS_IF_OPEN, abs=0.04)
    assert mean[False] == pytest.approx(WINS_IF_NOT, abs=0.02)
    # With 300 accounts a tenth, chance alone makes them differ by about two points.
    assert found.calibration_miss < 0.035
    _, low, high = found.calibration_slope
    assert low <= 1 <= high
    # The best any forecast could do here, knowing the truth: skill = variance of the true shares ÷ of the outcome.
    base = OPEN_SHARE * WINS_IF_OPEN + (1 - OPEN_SHARE) * WINS_IF_NOT
    best = OPEN_SHARE * (1 - OPEN_SHARE) * (WINS_IF_OPEN - WINS_IF_NOT) ** 2 / (base * (1 - base))
    assert found.brier.low < best < found.brier.high


@pytest.mark.parametrize("seed", range(12))
def test_a_past_that_foretells_nothing_is_refused(firm_of, seed):
    found = learn_propensity(
        firm_of(make_deals(600, seed=seed, has_signal=False, win_shares=(0.15, 0.15)), 600), LEARNED
    )
    assert found.standing is Standing.REFUSED
    assert found.brier is not None
    assert "did not clearly beat the base rate" in found.sentence
    assert f"{100 * found.brier.low:.1f}".replace("-", "−") in found.sentence
    assert found.accounts.is_empty()


def test_the_parts_add_up_to_the_log_odds(telling):
    _, found = telling
    parts = found.accounts.select("part_base", *(f"part_{fact}" for fact in FACTS))
    total = parts.select(pl.sum_horizontal(pl.all())).to_series().to_numpy()
    assert total == pytest.approx(found.accounts["log_odds"].to_numpy(), abs=1e-12)
    assert 1 / (1 + np.exp(-total)) == pytest.approx(found.accounts["propensity"].to_numpy(), abs=1e-12)


def test_each_test_comes_after_what_was_learned_from(telling):
    _, found = telling
    periods = found.periods
    assert periods["day"].is_sorted()
    assert (periods["until"][:-1] == periods["day"][1:]).all()
    assert periods["until"][-1] == AS_OF
    tested = periods["base_share"].is_not_null().to_list()
    assert not tested[0]
    assert tested == sorted(tested)
    rates = (periods["n_won"].cum_sum() / periods["n"].cum_sum()).to_list()
    for at, is_tested in enumerate(tested):
        if is_tested:
            assert periods["base_share"][at] == pytest.approx(rates[at - 1])


def test_facts_of_a_day_don_t_know_what_came_after(firm_of):
    day = dt.date(2026, 3, 31)
    deals = make_deals(300, seed=4)
    book = firm_of(deals, 300)
    earlier = [dict(row) for row in deals if row["created_on"] <= day]
    for row in earlier:
        if row["closed_on"] is None or row["closed_on"] > day:
            row.update(closed_on=None, is_closed=False, is_won=None)
    blind = firm_of(earlier, 300)
    assert list_facts(book, LEARNED, day).equals(list_facts(blind, LEARNED, day))


def test_undated_columns_change_nothing(firm_of):
    deals = make_deals(500, seed=2)
    plain = learn_propensity(firm_of(deals, 500), LEARNED)
    hindsight = firm_of(deals, 500, in_buying_cycle=True, product_usage=0.5, last_activity_on=AS_OF, tier="A")
    assert learn_propensity(hindsight, LEARNED).accounts.equals(plain.accounts)


def test_renewals_don_t_count_as_buying(firm_of):
    deals = [{**row, "type": "renewal"} for row in make_deals(400, seed=3)]
    found = learn_propensity(firm_of(deals, 400), LEARNED)
    assert found.standing is Standing.REFUSED
    assert "0 of" in found.sentence


@pytest.mark.parametrize(
    ("deals", "words"),
    [
        ([], "no closed opportunity with a date is on record"),
        (make_deals(200, seed=1, n_quarters=4), "21 months of history"),
        (make_deals(20, seed=1), "it takes"),
        ([{**row, "is_won": False if row["is_closed"] else None} for row in make_deals(300, seed=1)], "0 of"),
        ([{**row, "is_won": True if row["is_closed"] else None} for row in make_deals(20, seed=1)], "it takes"),
    ],
    ids=["none", "too short", "too few", "one class", "few others"],
)
def test_bad_data_is_refused_with_the_figures(firm_of, deals, words):
    book = firm_of(deals, 300)
    found = learn_propensity(book, LEARNED)
    assert found.standing is Standing.REFUSED
    assert words in found.sentence
    accounts = measure_accounts(book, LEARNED)
    assert accounts["propensity"].null_count() == accounts.height
    assert accounts["potential"].equals(measure_accounts(book, Policy())["potential"])


def test_the_same_book_gives_the_same_probabilities_whatever_the_order_of_rows(firm_of, telling):
    _, found = telling
    deals = make_deals(1500, seed=1)
    again = learn_propensity(firm_of(deals[::-1], 1500), LEARNED)
    assert again.accounts.equals(found.accounts)
    assert again.as_dict() == found.as_dict()


def test_the_score_of_potential_uses_it_and_still_adds_up(telling):
    book, found = telling
    accounts = measure_accounts(book, LEARNED, found).join(
        found.accounts.select("account_id", likely="propensity"), on="account_id"
    )
    assert (accounts["propensity"] == accounts["likely"]).all()
    likeliest = accounts["likely"].quantile(LEARNED.propensity.full_share)
    value = (accounts["likely"] / likeliest).clip(upper_bound=1.0)
    points = (
        100
        * LEARNED.potential.weight_propensity
        / (LEARNED.potential.weight_size + LEARNED.potential.weight_propensity)
    )
    assert accounts["potential_propensity"].to_numpy() == pytest.approx((value * points).to_numpy())
    parts = accounts.select(
        pl.sum_horizontal(*(f"potential_{part}" for part in ("size", "fit", "propensity", "expansion")))
    )
    assert parts.to_series().to_list() == accounts["potential"].to_list()


def test_the_default_policy_learns_nothing(telling):
    book, _ = telling
    found = learn_propensity(book, Policy())
    assert found.standing is Standing.OFF
    assert "goes by facts" in found.sentence


def test_a_refusal_is_a_finding(firm_of):
    diagnosis = diagnose(firm_of([], 30), LEARNED)
    assert [finding.code for finding in diagnosis.missing if finding.subject == "propensity"] == ["DG109"]


def test_without_scikit_learn_it_says_what_to_install(telling, monkeypatch):
    book, _ = telling
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(InputError, match=r"pip install 'evenhand\[stats\]'"):
        learn_propensity(book, LEARNED)
