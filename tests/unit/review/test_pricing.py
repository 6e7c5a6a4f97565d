from dataclasses import replace
from itertools import combinations

import polars as pl
import pytest

from evenhand.app.sample import make_firm
from evenhand.foundation.errors import InputError
from evenhand.plan.edits import lock, move
from evenhand.plan.make import make_plan
from evenhand.plan.record import write_record
from evenhand.policy import Policy, render_policy
from evenhand.review.pricing import open_pricing

POLICY = Policy.of({"bands": {"potential": 0.10, "workload_ceiling": "off"}})
# Bands of 10 % around 100. T0 is 30 over; of its accounts A2 is the gentlest, A3 has an executive relationship.
FIRM = {
    "A0": ("T0", 60, False),
    "A1": ("T0", 30, False),
    "A2": ("T0", 25, False),
    "A3": ("T0", 25, True),
    "B0": ("T1", 60, False),
    "B1": ("T1", 20, False),
    "C0": ("T2", 60, False),
    "C1": ("T2", 20, False),
}


@pytest.fixture(scope="module")
def book(make_book):
    accounts = [
        {"account_id": name, "territory_id": t, "potential": float(p), "segment": "a", "executive_relationship": boss}
        for name, (t, p, boss) in FIRM.items()
    ]
    return make_book(accounts=accounts, territories=[{"territory_id": t} for t in ("T0", "T1", "T2")])


@pytest.fixture(scope="module")
def plan(book):
    made = make_plan(book, POLICY)
    assert made.violation == 0
    return made


@pytest.fixture(scope="module")
def pricing(plan, book):
    return open_pricing(plan, book, POLICY)


def moved(plan):
    return set(plan.moves["account_id"])


def test_the_price_is_what_the_whole_plan_would_cost_with_the_flag(plan, book, pricing):
    for account in sorted(moved(plan)):
        price = pricing.price("F", [f"lock:{account}"])
        again = make_plan(book, POLICY, edits=[lock(account)])
        assert price.violation_after == pytest.approx(again.violation)
        assert dict(price.moves) == {g: again.moves_by_grade[g] - plan.moves_by_grade[g] for g in again.moves_by_grade}
        assert price.cost == pytest.approx(again.cost - plan.cost, abs=1e-4)
        assert price.is_least
        assert {shift.account_id for shift in price.shifts if shift.role == "instead"} == moved(again) - moved(plan)


def test_it_names_who_goes_instead_and_says_it_in_a_sentence(plan, pricing):
    account = min(moved(plan))
    price = pricing.price("F", [f"lock:{account}"])
    flagged = next(shift for shift in price.shifts if shift.role == "flagged")
    assert (flagged.account_id, flagged.priced) == (account, flagged.home)
    assert "would go instead" in price.words
    assert price.as_dict()["words"] == price.words


def test_a_swap_holds_both_accounts(plan, book, pricing):
    account = min(moved(plan))
    to = plan.moves.filter(pl.col("account_id") == account)["to_territory_id"][0]
    price = pricing.price("F", [f"lock:{account}", f"move:A3={to}"])
    assert {shift.account_id: shift.priced for shift in price.shifts if shift.role == "flagged"} == {
        account: "T0",
        "A3": to,
    }
    assert price.moves["high"] == 1
    again = make_plan(book, POLICY, edits=[lock(account), move("A3", to)])
    assert dict(price.moves) == {g: again.moves_by_grade[g] - plan.moves_by_grade[g] for g in again.moves_by_grade}


def test_what_the_plan_does_already_is_known(plan, pricing):
    account = min(moved(plan))
    to = plan.moves.filter(pl.col("account_id") == account)["to_territory_id"][0]
    assert pricing.is_honoured([f"move:{account}={to}"])
    assert not pricing.is_honoured([f"lock:{account}"])
    assert pricing.price("F", [f"move:{account}={to}"]).words == "No move more."


def test_flags_that_break_the_bands_or_contradict_are_left_out_of_the_bundle(plan, pricing):
    account = min(moved(plan))
    others = [t for t in ("T1", "T2") if t != plan.moves.filter(pl.col("account_id") == account)["to_territory_id"][0]]
    prices, bundle = pricing.price_all(
        {"keep": [f"lock:{account}"], "send": [f"move:{account}={others[0]}"], "break": ["move:A0=T1", "lock:B0"]}
    )
    assert set(prices) == {"keep", "send", "break"}
    assert not prices["break"].keeps_bands
    assert bundle.left_out["break"] == "The bands can't be kept with it."
    assert len(bundle.steps) == 1
    assert "A cheaper flag wants the same account elsewhere." in bundle.left_out.values()
    assert len(bundle.steps) + len(bundle.left_out) == 3


def test_everything_wrong_with_a_flag_is_said_at_once(pricing):
    with pytest.raises(InputError) as error:
        pricing.price_all({"1": ["lock:A9"], "2": ["move:A0=T9"], "3": ["exclude:A0"], "4": []})
    assert len(error.value.problems) == 4
    assert "no territory 'T9'" in error.value.problems["flag 2, move:A0=T9"]


def test_bundles_of_a_firm_keep_the_bands_and_are_the_cheapest(firm_plan):
    book, policy, plan = firm_plan
    pricing = open_pricing(write_record(plan, render_policy(policy)), book, policy)
    flagged = sorted(moved(plan))[:3]
    prices, bundle = pricing.price_all({account: [f"lock:{account}"] for account in flagged})
    assert list(prices) == flagged
    assert set(bundle.left_out) | set(bundle.steps[-1].flag_ids) == set(flagged)
    for n, step in enumerate(bundle.steps, start=1):
        assert len(step.flag_ids) == n
        assert step.keeps_bands
        held = {shift.account_id: shift for shift in step.shifts if shift.role == "flagged"}
        for account in step.flag_ids:
            assert held[account].priced == held[account].home
    assert bundle.n_proven == len(bundle.steps)
    assert bundle.words == "No other flags of as many are cheaper together."
    assert sum(bundle.steps[-1].quota_cents.values()) == 0
    assert bundle.steps[-1].quota_cents
    pairs = []
    for pair in combinations(flagged, 2):
        whole = make_plan(book, policy, edits=[lock(account) for account in pair])
        if whole.violation <= plan.violation:
            more = tuple(whole.moves_by_grade[g] - plan.moves_by_grade[g] for g in ("high", "medium", "low"))
            pairs.append((*more, whole.cost - plan.cost))
    two = bundle.steps[1]
    best = (*(two.moves[g] for g in ("high", "medium", "low")), two.cost)
    assert best[:3] == min(pairs)[:3]
    assert best[3] <= min(pairs)[3] + 0.05


def test_bundles_beyond_what_is_proven_are_said_not_to_be(firm_plan):
    book, policy, plan = firm_plan
    pricing = open_pricing(plan, book, policy)
    few = Policy.of({"review": {"bundle_prices": 0}})
    hasty = replace(pricing, _grounds=replace(pricing._grounds, policy=few))
    flags = {account: [f"lock:{account}"] for account in sorted(moved(plan))[:3]}
    _, bundle = hasty.price_all(flags)
    assert bundle.n_proven == 1
    assert bundle.words == "Up to one flag no others of as many are cheaper; for more, that isn't proven."
    for step, least in zip(bundle.steps, pricing.price_all(flags)[1].steps, strict=False):
        assert [step.moves[g] for g in ("high", "medium", "low")] >= [least.moves[g] for g in ("high", "medium", "low")]


@pytest.fixture(scope="module")
def firm_plan(admit_firm):
    book, policy = admit_firm
    return book, policy, make_plan(book, policy)


@pytest.fixture(scope="module")
def admit_firm(tmp_path_factory):
    from evenhand.app.admit import admit_source
    from evenhand.wiring.container import connect_outside

    folder = tmp_path_factory.mktemp("firm")
    outside = connect_outside()
    outside.write_firm(make_firm(n_accounts=300, n_territories=12, seed=5), folder / "export", None)
    admit_source(outside, folder / "export", to=folder / "book")
    return outside.read_book(folder / "book"), Policy()
