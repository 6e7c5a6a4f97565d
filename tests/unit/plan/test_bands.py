"""Targets follow capacity; bands lie around them."""

import numpy as np
import pytest

from evenhand.plan.make import state
from evenhand.policy import Policy


def bands_of(make_book, territories, values=None, measure="potential", hours=None):
    accounts = [
        {"account_id": f"A{i}", "territory_id": "T1", "potential": 10.0, "workload_hours": hours} for i in range(10)
    ]
    statement = state(make_book(accounts=accounts, territories=territories), Policy().with_values(values or {}))
    m = statement.bands.measures.index(measure)
    bands = statement.bands
    return bands.targets[:, m].tolist(), bands.lower[:, m].tolist(), bands.upper[:, m].tolist()


def test_targets_share_the_total_by_capacity(make_book):
    territories = [{"territory_id": "T1"}, {"territory_id": "T2", "capacity_share": 0.5}, {"territory_id": "T3"}]
    targets, lower, upper = bands_of(make_book, territories)
    assert targets == [40.0, 20.0, 40.0]
    assert lower == pytest.approx([34.0, 17.0, 34.0])
    assert upper == pytest.approx([46.0, 23.0, 46.0])


def test_a_seat_without_capacity_is_to_be_empty(make_book):
    targets, _, upper = bands_of(make_book, [{"territory_id": "T1"}, {"territory_id": "T2", "capacity_share": 0.0}])
    assert (targets, upper[1]) == ([100.0, 0.0], 0.0)


def test_a_band_can_be_switched_off(make_book):
    values = {"bands.potential": "off"}
    _, lower, upper = bands_of(make_book, [{"territory_id": "T1"}, {"territory_id": "T2"}], values)
    assert np.isinf(lower).all()
    assert np.isinf(upper).all()


def test_workload_has_the_ceiling_of_the_seats_hours(make_book):
    territories = [{"territory_id": "T1", "capacity_hours": 60.0}, {"territory_id": "T2"}]
    _, lower, upper = bands_of(make_book, territories, measure="workload", hours=5.0)
    assert upper == [60.0, 1500.0]
    assert np.isinf(lower).all()
    _, _, upper = bands_of(make_book, territories, {"bands.workload_ceiling": 0.5}, "workload", 5.0)
    assert upper == [30.0, 750.0]


def test_a_group_has_no_band(make_book):
    territories = [{"territory_id": "T1", "parent_territory_id": "G"}, {"territory_id": "G"}]
    accounts = [{"account_id": "A", "territory_id": "T1", "potential": 1.0}]
    accounts.append({"account_id": "B", "territory_id": "G", "potential": 100.0})
    statement = state(make_book(accounts=accounts, territories=territories), Policy())
    m = statement.bands.measures.index("potential")
    at = dict(zip(statement.setting.ids, statement.bands.targets[:, m], strict=True))
    assert at == {"G": 0.0, "T1": 1.0}
    assert np.isinf(statement.bands.upper[list(at).index("G")]).all()
