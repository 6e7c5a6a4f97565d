"""Salesforce is read from the fake org as its documentation says: pages, jobs, deletions, faults, what is forbidden."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce.fields import Field
from tests.contract.salesforce.fill import fill
from tests.contract.salesforce.org import Org
from tests.contract.salesforce.server import Faults, Server, serve

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.kept import KeptConnection
from evenhand.adapters.sources.salesforce import bulk, reading
from evenhand.adapters.sources.salesforce.client import SalesforceClient
from evenhand.adapters.sources.salesforce.reading import SalesforceSource
from evenhand.adapters.sources.salesforce.session import read_settings
from evenhand.app.sync import Synced, sync_records
from evenhand.foundation.errors import SourceError
from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serve(Org()) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The running server with a new org behind it."""
    running.org = fill(Org())
    running.org.now += dt.timedelta(hours=1)
    running.faults = Faults()
    running.seen.clear()
    queries = running.queries  # type: ignore[attr-defined]
    queries.cursors.clear()
    queries.jobs.clear()
    queries.denied.clear()
    queries.n_polls = 1
    return running


@pytest.fixture
def keep(tmp_path: Path) -> KeptConnection:
    return KeptConnection(tmp_path / "crm")


def source_of(server: Server) -> SalesforceSource:
    said = {"address": server.url, "client_id": "client-id"}
    settings = read_settings(said, {"client_secret": Secret("client-secret")})
    limits = Limits(connect_seconds=5, read_seconds=5, n_attempts=8)
    client = SalesforceClient(settings, limits=limits, sleep=lambda _: None, random_share=lambda: 0.0)
    return SalesforceSource(client)


def sync(server: Server, keep: KeptConnection, **more: Any) -> Synced:
    with closing(source_of(server)) as source:
        return sync_records(source, keep, clock=lambda: dt.datetime(2026, 10, 2, tzinfo=dt.UTC), **more)


def check_all_kept(org: Org, keep: KeptConnection) -> None:
    """Compare every value kept with the org's own."""
    for name in keep.state().objects:
        table = keep.table(name)
        assert table is not None
        wanted = {row["Id"]: row for row in org.rows(name)}
        where = {"AccountHistory": lambda row: row["Field"] == "Owner"}.get(name, lambda row: True)
        if name in {"Task", "Event"}:
            where = lambda row: row["AccountId"] is not None  # noqa: E731
        wanted = {key: row for key, row in wanted.items() if where(row)}
        assert set(table["Id"]) == set(wanted), name
        for row in table.to_dicts():
            for column, value in row.items():
                expected = wanted[row["Id"]][column]
                if isinstance(value, dt.datetime):
                    assert value == dt.datetime.strptime(expected, "%Y-%m-%dT%H:%M:%S.%f%z"), (name, column)
                elif isinstance(value, dt.date):
                    assert str(value) == expected, (name, column)
                else:
                    assert value == expected or (value is None and expected == ""), (name, column)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE_ROWS", 17)
    monkeypatch.setattr(reading, "BULK_ABOVE", 40)
    monkeypatch.setattr(reading, "_BATCH", {"Sforce-Query-Options": "batchSize=3"})


def test_everything_is_read_by_rest_where_it_is_little(server: Server, keep: KeptConnection) -> None:
    done = sync(server, keep)
    assert not done.findings
    check_all_kept(server.org, keep)
    assert not any("/jobs/" in path for _, path, _ in server.seen)
    assert done.traffic.quota.n_allowed == server.org.most_requests
    assert done.traffic.n_requests == len(server.seen)


@pytest.mark.usefixtures("small_pages")
def test_everything_is_read_by_bulk_jobs_where_it_is_much(server: Server, keep: KeptConnection) -> None:
    server.queries.n_polls = 3  # type: ignore[attr-defined]
    sync(server, keep)
    check_all_kept(server.org, keep)
    assert sum(path.endswith("/results") for _, path, _ in server.seen) > 10
    assert sum("/query/01g" in path for _, path, _ in server.seen) > 1


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("n_changed", [3, 60])
def test_changes_and_deletions_are_read_since_the_last_time(
    server: Server, keep: KeptConnection, n_changed: int
) -> None:
    sync(server, keep)
    org = server.org
    org.now += dt.timedelta(days=1)
    deals = [row["Id"] for row in org.rows("Opportunity")]
    for deal in deals[:n_changed]:
        org.update("Opportunity", deal, {"Amount": 5.0})
    for deal in deals[n_changed : n_changed + 4]:
        org.delete("Opportunity", deal)
    org.add("Account", Name="New", OwnerId=org.rows("User")[0]["Id"])
    server.seen.clear()
    done = sync(server, keep)
    check_all_kept(org, keep)
    counts = {one.name: one for one in done.objects}
    assert counts["Opportunity"].n_read == n_changed
    assert counts["Opportunity"].n_deleted == 4
    assert counts["Account"].n_read == 1
    assert counts["User"].n_read == 0
    assert not any(path.endswith("/jobs/query") for _, path, _ in server.seen) or n_changed > 40


def test_what_left_the_bin_is_found_by_the_weekly_sweep(server: Server, keep: KeptConnection) -> None:
    sync(server, keep)
    gone = next(iter(server.org.tables["Account"]))
    del server.org.tables["Account"][gone]
    server.org.now += dt.timedelta(days=8)
    sync(server, keep)
    check_all_kept(server.org, keep)


def test_nothing_changed_is_noticed(server: Server, keep: KeptConnection) -> None:
    sync(server, keep)
    server.org.now += dt.timedelta(days=1)
    assert not sync(server, keep).is_changed


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", range(3))
def test_a_tenth_of_requests_going_wrong_loses_nothing(server: Server, keep: KeptConnection, seed: int) -> None:
    server.faults = Faults(seed=seed, share=0.1, kinds=("reset", "lost", "503", "429", "expired"))
    sync(server, keep)
    assert sum(server.faults.n_given.values()) > 3
    check_all_kept(server.org, keep)


def test_a_session_that_ends_is_begun_again(server: Server, keep: KeptConnection) -> None:
    n_seen = [0]

    def expire(request: Any) -> None:
        n_seen[0] += 1
        if n_seen[0] in {5, 9, 30}:
            server.org.expire_sessions()

    server.before = expire
    try:
        sync(server, keep)
    finally:
        server.before = None
    assert server.org.n_logins == 4
    check_all_kept(server.org, keep)


@pytest.mark.usefixtures("small_pages")
def test_requests_that_run_out_in_the_middle_are_gone_on_with(server: Server, keep: KeptConnection) -> None:
    server.org.most_requests = 35
    with pytest.raises(SourceError, match="requests of the last 24 hours are used up") as raised:
        sync(server, keep)
    assert raised.value.transient
    server.org.n_requests, server.org.most_requests = 0, 1000
    done = sync(server, keep, only_resume=True)
    assert done.is_resumed
    check_all_kept(server.org, keep)


@pytest.mark.usefixtures("small_pages")
def test_locators_and_jobs_that_are_gone_are_begun_again(server: Server, keep: KeptConnection) -> None:
    server.org.most_requests = 60
    with pytest.raises(SourceError):
        sync(server, keep)
    assert keep.plan() is not None
    server.queries.cursors.clear()  # type: ignore[attr-defined]
    server.queries.jobs.clear()  # type: ignore[attr-defined]
    server.org.n_requests, server.org.most_requests = 0, 1000
    done = sync(server, keep)
    assert "CN122" in [finding.code for finding in done.findings]
    check_all_kept(server.org, keep)


def test_objects_that_are_forbidden_are_said_and_not_fatal(server: Server, keep: KeptConnection) -> None:
    server.queries.denied |= {"ForecastingQuota", "OpportunitySplit"}  # type: ignore[attr-defined]
    done = sync(server, keep)
    assert {(finding.code, finding.subject) for finding in done.findings} == {
        ("CN101", "ForecastingQuota"),
        ("CN101", "OpportunitySplit"),
    }
    assert "quotas" in done.findings[1].message


def test_testing_a_connection_says_what_is_missing(server: Server) -> None:
    with closing(source_of(server)) as source:
        checked = source.check()
    assert checked.is_ok
    assert checked.facts["Objects that can be read"] == "17 of 17"
    server.queries.denied.add("Account")  # type: ignore[attr-defined]
    with closing(source_of(server)) as source:
        checked = source.check()
    assert not checked.is_ok
    assert [finding.code for finding in checked.findings] == ["CN102"]


def test_a_wrong_secret_is_said_without_it(server: Server) -> None:
    settings = read_settings(
        {"address": server.url, "client_id": "client-id"}, {"client_secret": Secret("hush-hush-secret")}
    )
    with closing(SalesforceClient(settings)) as client, pytest.raises(SourceError, match="refuses the") as raised:
        client.now()
    assert "hush" not in str(raised.value)
    assert not raised.value.transient


def test_a_field_hidden_since_the_last_sync_is_named(server: Server, keep: KeptConnection) -> None:
    sync(server, keep)
    server.queries.denied.add(("Opportunity", "Amount"))  # type: ignore[attr-defined]
    done = sync(server, keep, more={"Opportunity": ["Amount"]})
    assert [(finding.code, finding.subject) for finding in done.findings] == [("CN111", "Opportunity.Amount")]


def test_custom_fields_are_discovered_and_read_when_named(server: Server, keep: KeptConnection) -> None:
    fields = server.org.kinds["Account"].fields
    server.org.kinds["Account"].fields["Potential__c"] = Field("currency", label="Potential")
    try:
        for row in server.org.rows("Account"):
            row["Potential__c"] = 7.5
        with closing(source_of(server)) as source:
            found = source.discover({})
        account = next(known for known in found.objects if known.name == "Account")
        assert account.field("Potential__c") is None
        assert [field.label for field in account.more_fields if field.is_custom] == ["Potential"]
        assert "BillingAddress" not in {field.name for field in account.more_fields}
        sync(server, keep, more={"Account": ["Potential__c"]})
        table = keep.table("Account")
        assert table is not None
        assert set(table["Potential__c"]) == {7.5}
    finally:
        del fields["Potential__c"]


def test_stages_are_discovered(server: Server) -> None:
    with closing(source_of(server)) as source:
        deal = next(known for known in source.discover({}).objects if known.name == "Opportunity")
    stage = deal.field("StageName")
    assert stage is not None
    assert stage.choices[:2] == ("Prospecting", "Qualification")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"totalSize": "many", "done": True, "records": []}, "whole number"),
        ({"totalSize": 1, "done": True, "records": ["x"]}, "isn't an object"),
        ({"totalSize": 1, "done": True, "records": [{}]}, "which was asked for"),
        ({"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": "https://evil.example.com/q"}, "followed"),
        (
            {"totalSize": 9, "done": False, "records": [], "nextRecordsUrl": "/services/data/v1.0/sobjects/x"},
            "followed",
        ),
        (["not an object"], "an object belongs"),
    ],
)
def test_answers_of_wrong_types_are_not_used(server: Server, keep: KeptConnection, body: Any, why: str) -> None:
    from tests.contract.salesforce.server import answer_json

    server.add("GET", r"/services/data/v\d+\.\d/query", lambda org, request: answer_json(body))
    try:
        with pytest.raises(SourceError, match=why):
            sync(server, keep)
    finally:
        server._routes.pop(0)
    assert keep.state().number == 0


@pytest.mark.usefixtures("small_pages")
def test_bulk_results_that_were_cut_off_are_not_used(server: Server, keep: KeptConnection) -> None:
    from tests.contract.salesforce.server import Answer

    def cut(org: Org, request: Any) -> Answer:
        whole = server.queries.results(org, request)  # type: ignore[attr-defined]
        return Answer(whole.status, whole.body[: len(whole.body) // 2].rpartition(b"\n")[0], whole.headers)

    server.add("GET", r"/services/data/v\d+\.\d/jobs/query/(?P<job>\w+)/results", cut)
    try:
        with pytest.raises(SourceError, match="records where its header says"):
            sync(server, keep)
    finally:
        server._routes.pop(0)
    sync(server, keep)
    check_all_kept(server.org, keep)
