"""The policy refuses what it doesn't know, by name, and keeps where each value comes from."""

import datetime as dt

import pytest

from evenhand.foundation.errors import InputError
from evenhand.policy import Policy, parse_policy, render_policy
from evenhand.policy.validation import entry_views

FIRM = """
name = "Firm"
effective_on = 2026-11-01
source = "kick-off"
[bands]
potential = { value = 0.1, source = "CRO", effective_on = 2026-12-01 }
accounts = 0.3
[ranges]
accounts = { low = 180, high = 240 }
[scenario.loose.bands]
potential = 0.3
workload_ceiling = "off"
"""


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        parse_policy(text)
    return caught.value.problems


def test_defaults_survive_a_round_trip_through_toml():
    policy = Policy()
    again = parse_policy(render_policy(policy))
    assert again.compare(policy) == ()
    assert again.content_hash == policy.content_hash
    assert again.provenance == {}


def test_a_firms_policy_survives_a_round_trip_with_dates_sources_and_scenarios():
    policy = parse_policy(FIRM)
    again = parse_policy(render_policy(policy, comments=False))
    assert again == policy


def test_every_entry_is_documented_dated_and_sourced():
    policy = Policy()
    for view in entry_views():
        assert view.text.endswith("."), view.path
        assert policy.origin(view.path).source
        assert policy.origin(view.path).effective_on == dt.date(2026, 10, 1)


def test_where_a_value_comes_from():
    policy = parse_policy(FIRM)
    assert (policy.origin("bands.potential").source, policy.origin("bands.potential").effective_on) == (
        "CRO",
        dt.date(2026, 12, 1),
    )
    assert policy.origin("bands.accounts").source == "kick-off"


def test_a_scenario_is_an_overlay():
    policy = parse_policy(FIRM)
    loose = policy.in_scenario("loose")
    assert (loose.bands.potential, loose.bands.accounts, loose.bands.workload_ceiling) == (0.3, 0.3, None)
    assert {change.path for change in policy.compare(loose)} == {"bands.potential", "bands.workload_ceiling"}
    with pytest.raises(InputError, match="'loose'"):
        policy.in_scenario("lose")


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("[bands]\npotental = 0.2", "bands.potental", "'bands.potential'"),
        ("[band]\npotential = 0.2", "band", "'bands'"),
        ("[moves]\ndistance = 2", "moves.distance", "'alignment.distance'"),
        ("[bands]\npotential = -1", "bands.potential", "0 to 10, or off"),
        ('[bands]\naccounts = "none"', "bands.accounts", "or off"),
        ("[triggers]\nvacancy_days = 400", "triggers.vacancy_days", "0 to 365"),
        ('[moves]\nkeep_areas_together = "zip"', "moves.keep_areas_together", "postal_code"),
        ("[ranges]\naccounts = { low = 3, high = 2 }", "ranges.accounts", "must not be above"),
        ("[ranges]\naccounts = { low = 3, tolerance = 2 }", "ranges.accounts", "either"),
        ("[potential]\nweight_size = 0.9", "potential", "add up to 1"),
        ('[workload]\ndefault_tier = "Z"', "workload", "'Z'"),
        ("[scenario.x.bands]\npotential = 99", "scenario.x.bands.potential", "0 to 10"),
        ("scenario = 3", "scenario", "tables"),
        ('effective_on = "soon"', "effective_on", "date"),
        ("bands = 3", "bands", "3"),
        ("[bands", "policy", "TOML"),
    ],
)
def test_what_is_wrong_is_refused_by_name(text, path, says):
    assert says in problems(text)[path]


def test_all_problems_come_at_once():
    assert set(problems("[bands]\nfoo = 1\npotential = 99\n[gradez]\nx = 1")) == {
        "bands.foo",
        "bands.potential",
        "gradez",
    }


def test_values_can_be_set_by_dotted_name():
    policy = Policy().with_values({"bands.potential": 0.2, "moves.most_moves": 10})
    assert (policy.bands.potential, policy.moves.most_moves) == (0.2, 10)
    with pytest.raises(InputError):
        policy.with_values({"bands.potential": 11})
    with pytest.raises(InputError):
        policy.with_values({"nothing": 11})


def test_hash_depends_on_values_alone():
    a = parse_policy('name = "a"\n[bands]\npotential = 0.2\naccounts = 0.3')
    b = parse_policy('name = "b"\n[bands]\naccounts = 0.3 # why\npotential = 0.20')
    assert a.content_hash == b.content_hash != Policy().content_hash
