import datetime as dt

import polars as pl
import pytest

from evenhand.foundation.errors import InputError
from evenhand.policy import Policy, parse_policy, render_policy
from evenhand.policy.pipeline_rules import PipelineRule, find_flaws, number_rules

AS_OF = dt.date(2026, 9, 30)


def deal(**values):
    row = {"type": "new", "stage_number": 1, "amount_cents": 100, "closed_on": dt.date(2026, 10, 30)} | values
    return pl.DataFrame([row], schema_overrides={"stage_number": pl.Int64, "type": pl.String, "closed_on": pl.Date})


def test_the_default_rules_have_no_flaw():
    assert find_flaws(Policy().handoff.rules) == []


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"type": "renewal", "stage_number": 5}, "renewal"),
        ({"stage_number": 0}, "early stage"),
        ({"stage_number": 2}, "early stage"),
        ({"stage_number": 3}, "late stage"),
        ({"stage_number": None}, "late stage"),
        ({"type": None, "stage_number": 1}, "early stage"),
    ],
)
def test_the_first_rule_that_matches_decides(values, name):
    rules = Policy().handoff.rules
    assert rules[number_rules(rules, deal(**values), AS_OF)[0]].name == name


def test_amount_closing_date_and_further_columns_are_conditions():
    rules = [
        PipelineRule(name="large", amount_from_cents=1_000),
        PipelineRule(name="soon", closes_within_days=30),
        PipelineRule(name="partner", fields={"channel": ["partner", "reseller"]}),
        PipelineRule(name="small", amount_below_cents=10),
        PipelineRule(name="rest"),
    ]
    assert find_flaws(rules) == []

    def name(**values):
        return rules[number_rules(rules, deal(**values), AS_OF)[0]].name

    later = dt.date(2026, 12, 1)
    assert name(amount_cents=1_000) == "large"
    assert name(amount_cents=999) == "soon"
    assert name(closed_on=dt.date(2026, 9, 1)) == "soon"
    assert name(closed_on=later, channel="reseller") == "partner"
    assert name(closed_on=later, channel="direct") == "rest"
    assert name(closed_on=None, amount_cents=None) == "small"
    assert name(closed_on=later) == "rest"


def test_a_rule_behind_others_that_take_all_of_its_deals_is_named():
    rules = [
        PipelineRule(name="early", stage_to=2),
        PipelineRule(name="middle", stage_from=1, stage_to=5),
        PipelineRule(name="second", stage_from=2, stage_to=4),
        PipelineRule(name="rest"),
    ]
    assert find_flaws(rules) == ["rule 'second' can never match: rules before it take every deal that it is for"]


def test_two_rules_together_can_take_everything_of_a_third():
    rules = [
        PipelineRule(name="small", amount_below_cents=500),
        PipelineRule(name="large", amount_from_cents=500),
        PipelineRule(name="soon", closes_within_days=10),
    ]
    assert find_flaws(rules) == ["rule 'soon' can never match: rules before it take every deal that it is for"]


def test_a_stage_without_a_rule_is_named():
    (flaw,) = find_flaws([PipelineRule(name="early", stage_to=2), PipelineRule(name="late", stage_from=4)])
    assert "stage 3" in flaw


def test_a_rule_of_some_types_leaves_deals_without_a_type():
    (flaw,) = find_flaws([PipelineRule(name="all", types=["new", "renewal", "expansion"])])
    assert "no type" in flaw


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[handoff.rules]]\nname = "early"\nstage_to = 2\n', "no rule for a deal"),
        ('[[handoff.rules]]\nname = "a"\n[[handoff.rules]]\nname = "b"\n', "'b' can never match"),
        ('[[handoff.rules]]\nname = "a"\n[[handoff.rules]]\nname = "a"\nstage_to = 2\n', "two rules are called"),
        ('[[handoff.rules]]\nname = "a"\nstage_from = 3\nstage_to = 2\n', "is after stage_to"),
        ('[handoff]\ndays_off = ["24.12."]\n', "is no date"),
        ("[handoff]\ntransition_weeks_low = 5\n", "must not be above"),
    ],
)
def test_a_policy_with_such_rules_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        parse_policy(f"format = 1\n{text}" if "format" in render_policy(Policy())[:200] else text)


def test_rules_with_every_condition_survive_the_policy_file():
    rule = {
        "name": "partner", "types": ["new"], "amount_from_cents": 10, "amount_below_cents": 20,
        "closes_within_days": 5, "fields": {"channel": ["partner"]},
    }  # fmt: skip
    policy = Policy.of({"handoff": {"rules": [rule, {"name": "rest"}], "days_off": ["2026-12-24"]}})
    again = parse_policy(render_policy(policy))
    assert again.handoff == policy.handoff
    assert again.content_hash == policy.content_hash
