"""HubSpot is read from the fake account as its documentation says: pages, windows, histories, limits, faults."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.contract.hubspot.fill import fill
from tests.contract.hubspot.portal import ENGAGEMENTS, Portal
from tests.contract.hubspot.server import Server, serve
from tests.contract.salesforce.server import Answer, Faults

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.hubspot import paging
from evenhand.adapters.sources.hubspot.client import HubSpotClient
from evenhand.adapters.sources.hubspot.reading import HubSpotSource
from evenhand.adapters.sources.hubspot.session import read_settings
from evenhand.adapters.sources.kept import KeptConnection
from evenhand.app.sync import Synced, sync_records
from evenhand.app.writing import LimitSpentError
from evenhand.foundation.errors import InputError, SourceError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATCH = {"territory_property": "patch"}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(Portal()) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The running server with a new account behind it."""
    running.org = fill(Portal())
    running.org.now += dt.timedelta(hours=1)
    running.faults = Faults(kinds=("reset", "lost", "502", "503", "429"), spared="/oauth/")
    running.seen.clear()
    running.bodies.clear()
    return running


@pytest.fixture
def keep(tmp_path: Path) -> KeptConnection:
    return KeptConnection(tmp_path / "crm")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def client_of(
    server: Server,
    said: dict[str, str] | None = None,
    secrets: dict[str, Secret] | None = None,
    time: Time | None = None,
) -> HubSpotClient:
    time = time or Time()
    settings = read_settings(
        {"address": server.url, **(said or {})}, secrets or {"access_token": Secret("private-token")}
    )
    limits = Limits(connect_seconds=5, read_seconds=5, n_attempts=8)
    return HubSpotClient(settings, limits=limits, sleep=time.sleep, clock=time, random_share=lambda: 0.0)


def sync(server: Server, keep: KeptConnection, said: dict[str, str] | None = None, **more: Any) -> Synced:
    with closing(HubSpotSource(client_of(server, said))) as source:
        return sync_records(source, keep, clock=lambda: server.org.now, **more)


def table(keep: KeptConnection, name: str) -> pl.DataFrame:
    found = keep.table(name)
    assert found is not None
    return found


def check_all_kept(portal: Portal, keep: KeptConnection) -> None:
    """Compare every record kept with the account's own."""
    for kind in ("companies", "deals", *ENGAGEMENTS):
        wanted = {key: record["properties"] for key, record in portal.records[kind].items() if not record["archived"]}
        rows = {row["hs_object_id"]: row for row in table(keep, kind).to_dicts()}
        assert set(rows) == set(wanted), kind
        for key, row in rows.items():
            assert row["hubspot_owner_id"] == wanted[key].get("hubspot_owner_id")
            if kind == "deals":
                assert row["dealstage"] == wanted[key]["dealstage"]
                assert row["amount"] == pytest.approx(float(wanted[key]["amount"] or 0))
            if kind != "companies":
                primary = [one for one, is_primary in portal.links[kind, "companies"].get(key, []) if is_primary]
                others = [one for one, _ in portal.links[kind, "companies"].get(key, [])]
                assert row["company_id"] == (sorted(primary, key=int) + sorted(others, key=int) + [None])[0]


def test_everything_is_read_once_and_then_what_changed(server, keep):
    portal = server.org
    assert sync(server, keep).is_full
    check_all_kept(portal, keep)
    portal.now += dt.timedelta(hours=1)
    first = next(iter(portal.records["companies"]))
    portal.change("companies", first, hubspot_owner_id="12", name="Renamed")
    new = portal.add("companies", name="New", hubspot_owner_id="11")
    deal = portal.add("deals", dealname="x", dealstage="s1", amount="5", hubspot_owner_id="11", hs_is_closed="false")
    portal.link("deals", deal, "companies", first)
    portal.link("deals", deal, "companies", new, is_primary=True)
    gone = next(iter(portal.records["deals"]))
    portal.archive("deals", gone)
    portal.now += dt.timedelta(minutes=1)
    server.seen.clear()
    done = sync(server, keep)
    check_all_kept(portal, keep)
    assert {one.name: one.n_read for one in done.objects}["companies"] == 2
    assert ("GET", "/crm/v3/objects/companies", 200) in server.seen  # archived ones
    assert sum(path.endswith("/search") for _, path, _ in server.seen) == 8
    history = table(keep, "company_owner_history").filter(pl.col("company_id") == first).sort("changed_at")
    assert history["value"].to_list() == ["11", "12"]


def test_nothing_changed_is_the_same(server, keep):
    sync(server, keep)
    server.org.now += dt.timedelta(hours=1)
    before = sync(server, keep)
    server.org.now += dt.timedelta(hours=1)
    assert sync(server, keep).changed_at == before.changed_at


def test_owners_who_left_and_stages_by_id_are_there(server, keep):
    sync(server, keep)
    owners = {row["id"]: row for row in table(keep, "owners").to_dicts()}
    assert {key: row["archived"] for key, row in owners.items()} == {"11": False, "12": False, "13": True}
    assert owners["13"]["name"] == "Dan Gone"
    stages = {
        row["id"]: (row["label"], row["is_closed"], row["is_won"]) for row in table(keep, "deal_stages").to_dicts()
    }
    assert stages["s1"] == stages["r1"] == ("Discovery", False, False)
    assert (stages["won"], stages["lost"]) == (("Won", True, True), ("Lost", True, False))


def test_the_firm_s_own_property_is_the_territory(server, keep):
    found = sync(server, keep, PATCH)
    assert not [one for one in found.findings if one.severity == "error"]
    companies = table(keep, "companies")
    assert set(companies["territory"]) == {"T1", "T2", "T3"}
    assert table(keep, "company_territory_history").height == companies.height


def test_a_territory_property_that_is_not_there_is_said(server, keep):
    found = sync(server, keep, {"territory_property": "pach"})
    assert [(one.code, one.subject) for one in found.findings if one.severity == "error"] == [("CN102", "companies")]


def test_a_scope_that_is_missing_is_said_and_stops_nothing(server, keep):
    server.org.forbidden = {"emails"}
    found = sync(server, keep)
    assert [(one.code, one.subject, "sales-email-read" in one.hint) for one in found.findings] == [
        ("CN101", "emails", True)
    ]
    server.org.forbidden = {"companies"}
    with closing(HubSpotSource(client_of(server))) as source:
        assert not source.check().is_ok


def test_searches_go_on_by_id_so_that_none_comes_to_its_end(server, keep, monkeypatch):
    """A window of one page stands for the 10,000 results at which a search ends."""
    monkeypatch.setattr(paging, "SEARCH_PAGE", 7)
    sync(server, keep)
    server.org.now += dt.timedelta(hours=1)
    for key in list(server.org.records["companies"]):
        server.org.change("companies", key, name=f"again {key}")
    server.org.now += dt.timedelta(minutes=1)
    server.bodies.clear()
    sync(server, keep)
    check_all_kept(server.org, keep)
    asked = [body for path, body in server.bodies if path == "/crm/v3/objects/companies/search"]
    assert len(asked) == 10  # five pages of companies, five for their history
    assert all(body["after"] == 0 for body in asked)


@pytest.mark.parametrize("n_changed", [10_450])
def test_more_than_ten_thousand_companies_are_read_and_change(running, keep, n_changed):
    portal = running.org = Portal()
    portal.add_owner("11", "Ada Lovelace")
    for i in range(n_changed):
        portal.add("companies", name=f"C{i}", hubspot_owner_id="11")
    running.faults = Faults()
    source = HubSpotSource(client_of(running))
    companies = source.discover({}).objects[0]
    assert sum(page.rows.height for page in source.pages(companies, since=None, resume=None)) == n_changed
    changed = list(source.pages(companies, since=portal.now - dt.timedelta(days=1), resume=None))
    assert sum(page.rows.height for page in changed) == n_changed
    assert pl.concat([page.rows for page in changed])["hs_object_id"].n_unique() == n_changed
    source.close()


def test_a_sync_goes_on_where_it_stopped(server, keep, monkeypatch):
    monkeypatch.setattr(paging, "LIST_PAGE", 4)
    add, n_pages = KeptConnection.add_page, 0

    def stop(self: KeptConnection, part: str, page: Any) -> None:
        nonlocal n_pages
        add(self, part, page)
        n_pages += 1
        if n_pages % 3 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(KeptConnection, "add_page", stop)
    for _ in range(60):
        try:
            sync(server, keep)
            break
        except KeyboardInterrupt:
            continue
    check_all_kept(server.org, keep)
    lists = [
        path for method, path, _ in server.seen if method == "GET" and path.startswith("/crm/v3/objects/companies")
    ]
    assert len(lists) < 12  # each page once, and one more where it stopped


def test_faults_lose_nothing(server, keep, monkeypatch):
    monkeypatch.setattr(paging, "LIST_PAGE", 5)
    server.faults = Faults(seed=3, share=0.25, kinds=("reset", "lost", "502", "503", "429"))
    sync(server, keep)
    server.org.now += dt.timedelta(hours=1)
    for key in list(server.org.records["deals"])[::2]:
        server.org.change("deals", key, dealstage="s2")
    server.org.now += dt.timedelta(minutes=1)
    sync(server, keep)
    assert sum(server.faults.n_given.values()) >= 8
    check_all_kept(server.org, keep)


def test_the_limits_of_a_second_and_of_ten_are_kept(server, keep):
    time = Time()
    server.org.clock = time
    source = HubSpotSource(client_of(server, time=time))
    companies = source.discover({}).objects[0]
    for _ in range(130):
        list(source.pages(companies, since=server.org.now - dt.timedelta(days=1), resume=None))
    assert 429 not in {status for *_, status in server.seen}
    assert time.seconds >= 20  # 130 searches and 130 lists, 100 in ten seconds
    source.close()


def test_other_programs_use_the_limit_up_and_we_wait(server):
    time = Time()
    server.org.clock, server.org.most_in_ten_seconds = time, 10
    source = HubSpotSource(client_of(server, time=time))
    for _ in range(35):
        source.now()
    assert time.seconds >= 25
    source.close()


def test_the_day_s_requests_end_and_that_is_said(server, keep):
    server.org.most_daily = 15
    with pytest.raises(LimitSpentError, match="used up") as raised:
        sync(server, keep)
    assert "midnight" in raised.value.goes_on
    server.org.n_requests, server.org.most_daily = 0, 10_000
    done = sync(server, keep)
    assert done.is_resumed
    check_all_kept(server.org, keep)


def test_few_requests_left_is_a_finding(server, keep):
    assert "CN131" not in {one.code for one in sync(server, keep).findings}
    server.org.most_daily = 2 * server.org.n_requests
    assert "CN131" in {one.code for one in sync(server, keep, is_full=True).findings}


def test_a_token_that_ended_is_renewed_once(server, keep):
    said = {"sign_in": "oauth", "client_id": "client-id"}
    secrets = {"client_secret": Secret("client-secret"), "refresh_token": Secret("refresh-me")}
    with closing(HubSpotSource(client_of(server, said, secrets))) as source:
        source.now()
        server.org.tokens.clear()
        source.now()
    assert server.org.n_logins == 2


def test_a_private_token_that_is_wrong_is_said_and_not_shown(server):
    source = HubSpotSource(client_of(server, secrets={"access_token": Secret("wr0ng")}))
    with closing(source), pytest.raises(SourceError, match="token isn't valid") as raised:
        source.now()
    assert "wr0ng" not in str(raised.value)


def test_settings_name_everything_that_is_missing():
    with pytest.raises(InputError) as raised:
        read_settings({"address": "http://example.com", "territory_property": "a b"}, {})
    assert set(raised.value.problems) == {"address", "territory_property", "access_token"}
    with pytest.raises(InputError) as raised:
        read_settings({}, {"refresh_token": Secret("x")})
    assert set(raised.value.problems) == {"client_id", "client_secret"}


@pytest.mark.parametrize(
    "answer",
    [
        b"[]",
        b'{"results": [{"id": 7, "properties": {}}]}',
        b'{"results": [{"id": "7", "properties": {"annualrevenue": {"a": 1}}}]}',
        b'{"results": [{"id": "7", "properties": {"annualrevenue": "much"}}]}',
        b'{"results": [], "paging": {"next": {"after": "0"}}}',
        b"<html>sign in</html>",
    ],
)
def test_answers_of_another_shape_are_not_believed(server, answer):
    source = HubSpotSource(client_of(server))
    companies = source.discover({}).objects[0]
    route = ("GET", re.compile("/crm/v3/objects/companies"), lambda portal, request: Answer(200, answer))
    server.routes.insert(0, route)
    try:
        with pytest.raises(SourceError):
            list(source.pages(companies, since=None, resume="list:0"))
    finally:
        server.routes.remove(route)
        source.close()
