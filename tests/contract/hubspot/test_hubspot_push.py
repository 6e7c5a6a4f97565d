"""A change set goes out to a HubSpot account over HTTP, whatever the account and the network do."""

import datetime as dt
from contextlib import contextmanager

import polars as pl
import pytest
from tests.contract.hubspot.fill import fill
from tests.contract.hubspot.portal import InvalidError, Portal
from tests.contract.hubspot.server import serve
from tests.contract.salesforce.server import Faults

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.hubspot.client import HubSpotClient
from evenhand.adapters.sources.hubspot.session import Settings
from evenhand.adapters.sources.hubspot.writing import HubSpotTarget
from evenhand.adapters.sources.journal import FileJournal
from evenhand.app.push.passes import Patience
from evenhand.app.push.pushing import Mode, push_changes
from evenhand.app.push.standing import State
from evenhand.foundation.secret import Secret
from evenhand.handoff.change_set import CHANGES_SCHEMA

ON = dt.date(2026, 10, 15)
NOW = dt.datetime(2026, 10, 15, 9, tzinfo=dt.UTC)
FAST = Patience(sleep=lambda _: None, window=20)
FROM, TO = "11", "12"


@pytest.fixture(scope="module")
def running():
    with serve(Portal()) as server:
        yield server


@pytest.fixture
def server(running):
    running.org = fill(Portal(), n_companies=60)
    running.faults = Faults()
    running.seen.clear()
    running.bodies.clear()
    return running


@contextmanager
def opened(server, territory_property="patch"):
    settings = Settings(server.url, territory_property, access_token=Secret("private-token"))
    client = HubSpotClient(
        settings, sleep=lambda _: None, clock=lambda: 0.0, random_share=lambda: 0.0, limits=Limits(read_seconds=5.0)
    )
    client.pace.wait = lambda *, is_search: None
    target = HubSpotTarget(client)
    try:
        yield target
    finally:
        target.close()


def push(server, folder, changes, mode=Mode.APPLY, territory_property="patch", **more):
    with opened(server, territory_property) as target, FileJournal(folder / "journal.jsonl") as journal:
        return push_changes(target, journal, changes, mode, until=ON, now=lambda: NOW, patience=FAST, **more)


def moves_of(portal):
    """Move every company of one owner to another; of its deals those in the first stage go along, the others stay."""
    rows = []
    for key, record in portal.records["companies"].items():
        if record["properties"]["hubspot_owner_id"] == FROM:
            rows.append(("file", "account", key, "territory_id", record["properties"]["patch"], "T2", ON))
            rows.append(("file", "account", key, "owner_id", FROM, TO, ON))
    for key, record in portal.records["deals"].items():
        if record["properties"]["hubspot_owner_id"] == FROM and record["properties"]["dealstage"] == "s1":
            rows.append(("file", "opportunity", key, "owner_id", FROM, TO, ON))
    return pl.DataFrame(rows, CHANGES_SCHEMA, orient="row")


def expected(portal, changes):
    """What the account must be afterwards: the changes, and contacts that had their company's owner."""
    values = portal.values()
    moved = set(changes.filter(object="account")["id"])
    for key, contact in values["contacts"].items():
        company = portal.links["contacts", "companies"][key][0][0]
        if company in moved and contact["hubspot_owner_id"] == FROM:
            contact["hubspot_owner_id"] = TO
    for row in changes.rows(named=True):
        kind = {"account": "companies", "opportunity": "deals"}[row["object"]]
        values[kind][row["id"]]["patch" if row["field"] == "territory_id" else "hubspot_owner_id"] = row["after"]
    return values


def test_owners_and_territories_go_out_once_and_come_back(server, tmp_path):
    portal, changes = server.org, moves_of(server.org)
    before, after = portal.values(), expected(portal, changes)
    assert len({row["hubspot_owner_id"] for row in before["contacts"].values()}) > 1
    done = push(server, tmp_path, changes)
    assert done.is_clean, done.findings
    assert portal.values() == after
    assert set(portal.n_writes.values()) == {1}
    assert max(len(body["inputs"]) for path, body in server.bodies if path.endswith("/update")) <= 100
    back = push(server, tmp_path, changes, Mode.BACK)
    assert back.is_clean, back.findings
    assert portal.values() == before


def test_a_dry_run_shows_names_and_contacts_and_writes_nothing(server, tmp_path):
    changes = moves_of(server.org)
    seen = push(server, tmp_path, changes, Mode.PREVIEW)
    assert not server.org.n_writes
    assert {write.object for write in seen.writes} == {"companies", "contacts", "deals"}
    assert {"Ada Lovelace", "Ben Bell", "Company 0"} <= set(seen.names.values())
    assert seen.watched["Deal owner"] > 0


def test_without_a_territory_property_only_owners_are_written(server, tmp_path):
    changes = moves_of(server.org)
    done = push(server, tmp_path, changes, territory_property="")
    assert done.is_clean
    assert {field for _, _, field in server.org.n_writes} == {"hubspot_owner_id"}


def test_a_company_without_a_territory_gets_one_and_loses_it_again(server, tmp_path):
    key = next(iter(server.org.records["companies"]))
    server.org.change("companies", key, patch="")
    before = server.org.values()
    row = ("file", "account", key, "territory_id", "unassigned", "T3", ON)
    changes = pl.DataFrame([row], CHANGES_SCHEMA, orient="row")
    assert push(server, tmp_path, changes).is_clean
    assert server.org.records["companies"][key]["properties"]["patch"] == "T3"
    assert push(server, tmp_path, changes, Mode.BACK).is_clean
    assert server.org.values() == before


def test_what_changed_since_the_plan_or_is_gone_is_left_and_the_rest_goes_on(server, tmp_path):
    portal, changes = server.org, moves_of(server.org)
    owned = changes.filter(object="account", field="owner_id")["id"].to_list()
    portal.change("companies", owned[0], hubspot_owner_id="13")
    portal.archive("companies", owned[1])
    done = push(server, tmp_path, changes)
    assert portal.records["companies"][owned[0]]["properties"]["hubspot_owner_id"] == "13"
    assert {finding.code for finding in done.findings} == {"PU101", "PU102", "PU108"}  # their contacts wait
    assert portal.records["companies"][owned[2]]["properties"]["hubspot_owner_id"] == TO


def test_one_record_that_is_refused_stands_alone(server, tmp_path):
    portal, changes = server.org, moves_of(server.org)
    owned = changes.filter(object="account", field="owner_id")["id"].to_list()

    def refuse(kind, record, properties):
        if record["id"] == owned[5] and "hubspot_owner_id" in properties:
            raise InvalidError("this company is protected")

    portal.checks.append(refuse)
    done = push(server, tmp_path, changes)
    states = {write.id: done.standing(write).state for write in done.writes if write.field == "hubspot_owner_id"}
    assert states[owned[5]] is State.REFUSED
    assert portal.records["companies"][owned[5]]["properties"]["hubspot_owner_id"] == FROM
    assert all(
        portal.records["companies"][one]["properties"]["hubspot_owner_id"] == TO for one in owned if one != owned[5]
    )
    (finding,) = [one for one in done.findings if one.code == "PU103"]
    assert "protected" in str(finding.message) + str(finding.evidence)
    assert set(portal.n_writes.values()) == {1}


def test_owners_who_are_gone_and_options_that_lack_are_foreseen(server, tmp_path):
    changes = moves_of(server.org).with_columns(
        after=pl.when(pl.col("field") == "owner_id").then(pl.lit("13")).otherwise(pl.lit("T9"))
    )
    seen = push(server, tmp_path, changes, Mode.PREVIEW)
    assert {finding.code for finding in seen.findings} == {"PU205", "PU211"}


@pytest.mark.parametrize("seed", range(4))
def test_faults_lose_nothing_and_write_nothing_twice(server, tmp_path, seed):
    portal, changes = server.org, moves_of(server.org)
    after = expected(portal, changes)
    server.faults = Faults(seed=seed, share=0.3, kinds=("reset", "lost", "502", "503", "429"), spared="/oauth/")
    for _ in range(10):
        if push(server, tmp_path, changes).is_clean:
            break
    assert portal.values() == after
    assert set(portal.n_writes.values()) == {1}


def test_the_day_s_requests_end_in_the_middle_and_it_goes_on(server, tmp_path):
    portal, changes = server.org, moves_of(server.org)
    after = expected(portal, changes)
    push(server, tmp_path, changes.head(1), Mode.PREVIEW)
    portal.most_daily = portal.n_requests + 14
    done = push(server, tmp_path, changes)
    assert "midnight" in done.paused
    portal.n_requests, portal.most_daily = 0, 10_000
    assert push(server, tmp_path, changes).is_clean
    assert portal.values() == after
    assert set(portal.n_writes.values()) == {1}
