"""A change set goes out to an org over HTTP, whatever the org and the network do."""

import datetime as dt
from contextlib import contextmanager

import pytest
from tests.contract.salesforce.moving import FIRST, LAST, differs_from_plan, make_moves
from tests.contract.salesforce.org import SaveError
from tests.contract.salesforce.server import Faults, serve

from evenhand.adapters.sources.door import Limits
from evenhand.adapters.sources.journal import FileJournal
from evenhand.adapters.sources.salesforce.client import SalesforceClient
from evenhand.adapters.sources.salesforce.session import Settings
from evenhand.adapters.sources.salesforce.writing import SalesforceTarget
from evenhand.app.push.modes import Mode
from evenhand.app.push.passes import Patience
from evenhand.app.push.pushing import push_changes
from evenhand.app.push.standing import State
from evenhand.foundation.errors import Refusal, SourceError
from evenhand.foundation.secret import Secret

NOW = dt.datetime(2026, 10, 15, 9, tzinfo=dt.UTC)
FAST = Patience(sleep=lambda _: None, window=50)


@contextmanager
def opened(server, read_seconds):
    settings = Settings(server.url, "client-id", client_secret=Secret("client-secret"))
    client = SalesforceClient(settings, sleep=lambda _: None, limits=Limits(read_seconds=read_seconds))
    target = SalesforceTarget(client)
    try:
        yield target
    finally:
        target.close()


def push(server, folder, changes, mode=Mode.APPLY, until=LAST, read_seconds=5.0, **more):
    with opened(server, read_seconds) as target, FileJournal(folder / "journal.jsonl") as journal:
        return push_changes(target, journal, changes, mode, until=until, now=lambda: NOW, patience=FAST, **more)


@pytest.fixture
def moved():
    org, changes = make_moves(40)
    with serve(org) as server:
        yield org, changes, server


def written_more_than_once(org):
    return {what: n for what, n in org.n_writes.items() if n > 1}


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(moved, tmp_path):
    org, changes, server = moved
    before = org.picture()
    seen = push(server, tmp_path, changes, Mode.PREVIEW, until=FIRST)
    assert org.picture() == before
    assert not org.n_writes
    assert {seen.standing(write).state for write in seen.writes} == {State.NEW}
    assert seen.next_on > FIRST
    assert seen.n_later > 0
    assert seen.watched["member of an account team"] > 0
    assert {name.split()[0] for name in seen.names.values()} == {"Firm", "Deal", "Seat", "Rep"}


def test_only_what_is_due_goes_out_on_its_day_and_nothing_goes_along(moved, tmp_path):
    org, changes, server = moved
    teams = [len(org.rows(kind)) for kind in ("AccountTeamMember", "OpportunityTeamMember")]
    late = {row["Id"]: row["OwnerId"] for row in org.rows("Opportunity") if row["StageName"] == "Negotiation"}
    done = push(server, tmp_path, changes, until=FIRST)
    assert done.is_clean, done.findings
    assert not differs_from_plan(org, changes, FIRST)
    assert differs_from_plan(org, changes, LAST)
    done = push(server, tmp_path, changes, until=LAST - dt.timedelta(days=1))
    assert done.is_clean
    assert {row["Id"]: row["OwnerId"] for row in org.rows("Opportunity") if row["StageName"] == "Negotiation"} == late
    assert push(server, tmp_path, changes).is_clean
    assert not differs_from_plan(org, changes, LAST)
    assert [len(org.rows(kind)) for kind in ("AccountTeamMember", "OpportunityTeamMember")] == teams
    assert not written_more_than_once(org)
    n_before = sum(org.n_writes.values())
    assert push(server, tmp_path, changes).is_clean
    assert sum(org.n_writes.values()) == n_before


def test_it_is_taken_back_to_what_was_there(moved, tmp_path):
    org, changes, server = moved
    before = org.picture()
    push(server, tmp_path, changes)
    assert org.picture() != before
    back = push(server, tmp_path, changes, Mode.BACK)
    assert back.is_clean, back.findings
    assert org.picture() == before
    with pytest.raises(Refusal, match="PU105"):
        push(server, tmp_path, changes)
    assert push(server, tmp_path, changes, again=True).is_clean
    assert not differs_from_plan(org, changes, LAST)


def test_what_somebody_changed_since_the_plan_is_left_and_the_rest_goes_on(moved, tmp_path):
    org, changes, server = moved
    account = changes.filter(object="account", field="owner_id")["id"][0]
    stranger = org.add("User", Name="Stranger", IsActive=True)
    org.tables["Account"][account]["OwnerId"] = stranger
    done = push(server, tmp_path, changes)
    assert org.tables["Account"][account]["OwnerId"] == stranger
    assert len(differs_from_plan(org, changes, LAST)) == 1
    (finding,) = done.findings
    assert (finding.code, finding.evidence["values"]) == ("PU101", {account: stranger})


def test_the_way_back_leaves_what_somebody_changed_since(moved, tmp_path):
    org, changes, server = moved
    push(server, tmp_path, changes)
    account = changes.filter(object="account", field="owner_id")["id"][0]
    stranger = org.add("User", Name="Stranger", IsActive=True)
    org.tables["Account"][account]["OwnerId"] = stranger
    back = push(server, tmp_path, changes, Mode.BACK)
    assert [finding.code for finding in back.findings] == ["PU101"]
    assert org.tables["Account"][account]["OwnerId"] == stranger


def test_refused_records_are_named_in_the_orgs_words_and_written_once_it_lets_them(moved, tmp_path):
    org, changes, server = moved
    account = changes.filter(object="account", field="owner_id")["id"][0]

    def rule(_, __, row, values):
        if row["Id"] == account:
            raise SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Say why in Reason__c", ["Reason__c"])

    org.hooks["Account"] = [rule]
    done = push(server, tmp_path, changes)
    (finding,) = done.findings
    assert finding.code == "PU103"
    assert "Say why in Reason__c" in finding.message
    assert "validation rule" in finding.hint
    org.hooks.clear()
    assert push(server, tmp_path, changes).is_clean
    assert not differs_from_plan(org, changes, LAST)
    assert not written_more_than_once(org)


def test_the_old_territory_is_kept_where_the_new_one_cant_be_joined(moved, tmp_path):
    org, changes, server = moved
    account = changes.filter(object="account", field="territory_id")["id"][0]

    def trigger(_, __, row, values):
        if row["ObjectId"] == account:
            raise SaveError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: System.NullPointerException")

    org.hooks["ObjectTerritory2Association"] = [trigger]
    done = push(server, tmp_path, changes)
    assert [finding.code for finding in done.findings] == ["PU103", "PU108"]
    assert len(org.rows("ObjectTerritory2Association", ObjectId=account)) == 1


def test_a_flow_that_changes_records_back_or_besides_is_noticed(moved, tmp_path):
    org, changes, server = moved
    account, owner = changes.filter(object="account", field="owner_id").select("id", "before").row(0)

    def flow(org, _, row, values):
        if row["Id"] == account:
            row["OwnerId"] = owner

    def clean_up(org, _, row, values):
        for member in org.rows("AccountTeamMember", AccountId=row["Id"]):
            org.remove("AccountTeamMember", member)

    org.after["Account"] = [flow, clean_up]
    done = push(server, tmp_path, changes)
    assert [finding.code for finding in done.findings] == ["PU109", "PU203"]
    assert not done.is_clean
    again = push(server, tmp_path, changes)
    assert [finding.code for finding in again.findings] == ["PU109"]
    assert org.n_writes["Account", account, "OwnerId"] == 1


def test_locked_records_are_tried_again_and_said_where_they_stay_locked(moved, tmp_path):
    org, changes, server = moved
    first, second = changes.filter(object="account", field="owner_id")["id"][:2]
    org.n_locks["Account", first] = 2
    org.n_locks["Account", second] = 100
    done = push(server, tmp_path, changes)
    assert [finding.code for finding in done.findings] == ["PU107"]
    assert "UNABLE_TO_LOCK_ROW" in done.findings[0].message
    org.n_locks.clear()
    assert push(server, tmp_path, changes).is_clean
    assert not written_more_than_once(org)


def test_it_stops_cleanly_where_requests_run_out_and_goes_on_where_it_stopped(moved, tmp_path):
    org, changes, server = moved
    org.most_requests = 25
    done = push(server, tmp_path, changes)
    assert "24 hours" in done.paused
    assert not done.is_clean
    assert sum(org.n_writes.values()) > 0
    org.most_requests = 10_000
    assert push(server, tmp_path, changes, Mode.RESUME).is_clean
    assert not differs_from_plan(org, changes, LAST)
    assert not written_more_than_once(org)


def test_a_session_that_ends_in_the_middle_is_renewed(moved, tmp_path):
    org, changes, server = moved
    n_seen = 0

    def expire(_):
        nonlocal n_seen
        n_seen += 1
        if n_seen % 7 == 0:
            org.expire_sessions()

    server.before = expire
    assert push(server, tmp_path, changes).is_clean
    assert org.n_logins > 1
    assert not differs_from_plan(org, changes, LAST)
    assert not written_more_than_once(org)


@pytest.mark.parametrize("seed", range(3))
def test_a_tenth_of_all_requests_failing_loses_nothing_and_writes_nothing_twice(moved, tmp_path, seed):
    org, changes, server = moved
    before = org.picture()
    server.faults = Faults(seed, share=0.1)
    for _ in range(20):
        try:
            done = push(server, tmp_path, changes)
        except SourceError:
            continue
        if done.is_clean:
            break
    assert done.is_clean
    assert len(server.faults.n_given) >= 3
    assert not differs_from_plan(org, changes, LAST)
    assert not written_more_than_once(org)
    for _ in range(20):
        try:
            back = push(server, tmp_path, changes, Mode.BACK)
        except SourceError:
            continue
        if back.is_clean:
            break
    assert org.picture() == before


def test_what_is_answered_too_late_is_looked_up_not_written_again(moved, tmp_path):
    org, changes, server = moved
    server.faults = Faults(4, share=0.3, kinds=("slow",), most=4, slow_seconds=0.5)
    assert push(server, tmp_path, changes, read_seconds=0.25).is_clean
    assert server.faults.n_given["slow"] == 4
    assert not differs_from_plan(org, changes, LAST)
    assert not written_more_than_once(org)


def test_resuming_or_taking_back_what_was_never_begun_is_refused(moved, tmp_path):
    _, changes, server = moved
    for mode in (Mode.RESUME, Mode.BACK):
        with pytest.raises(Refusal, match="PU106"):
            push(server, tmp_path, changes, mode)


def test_two_at_once_are_refused(moved, tmp_path):
    _, changes, server = moved
    with FileJournal(tmp_path / "journal.jsonl"), pytest.raises(Refusal, match="PU104"):
        push(server, tmp_path, changes)
