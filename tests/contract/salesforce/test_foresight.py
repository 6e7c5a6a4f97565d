"""What an org would do later is found by reading, and it is true: the fake org does it."""

import datetime as dt

import pytest
from tests.contract.salesforce.moving import make_moves
from tests.contract.salesforce.server import serve

from evenhand.adapters.sources.salesforce.client import SalesforceClient
from evenhand.adapters.sources.salesforce.session import Settings
from evenhand.adapters.sources.salesforce.writing import SalesforceTarget
from evenhand.foundation.secret import Secret
from evenhand.handoff.change_set import list_writes


@pytest.fixture
def moved():
    org, changes = make_moves(30, n_seats=4)
    with serve(org) as server:
        settings = Settings(server.url, "client-id", client_secret=Secret("client-secret"))
        target = SalesforceTarget(SalesforceClient(settings, sleep=lambda _: None))
        yield org, changes, target
        target.close()


def foresee(target, changes):
    writes = [write for write in list_writes(changes, "salesforce") if write.on < dt.date(2026, 12, 1)]
    return {finding.code: finding for finding in target.foresee(writes)}


def add_rule(org, territory, state="NY", **more):
    values = {"IsActive": True, "ObjectType": "Account", "MasterLabel": "Home state", **more}
    inherited = values.pop("IsInherited", False)
    rule = org.add("ObjectTerritory2AssignmentRule", **values)
    org.add(
        "ObjectTerritory2AssignmentRuleItem", RuleId=rule, SortOrder=1, Field="BillingState", Operation="equals",
        Value=state,
    )  # fmt: skip
    org.add("RuleTerritory2Association", RuleId=rule, Territory2Id=territory, IsInherited=inherited)
    return rule


def test_nothing_stands_against_moves_without_rules(moved):
    _, changes, target = moved
    assert foresee(target, changes) == {}


def test_a_rule_that_would_put_accounts_back_is_named_with_those_it_does_put_back(moved):
    org, changes, target = moved
    leaving = changes.filter(object="account", field="territory_id")
    territory = leaving["before"][0]
    add_rule(org, territory)
    finding = foresee(target, changes)["PU201"]
    gone = leaving.filter(before=territory)["id"]
    expected = {one for one in gone if org.tables["Account"][one]["BillingState"] == "NY"}
    assert set(finding.evidence["ids"]) == expected != set()
    assert "Home state" in finding.message
    assert "Seat" in finding.message
    # The org does just that once they have left.
    for one in gone:
        for link in org.rows("ObjectTerritory2Association", ObjectId=one):
            org.remove("ObjectTerritory2Association", link)
    org.run_rules()
    back = {row["ObjectId"] for row in org.rows("ObjectTerritory2Association", Territory2Id=territory)}
    assert back & set(gone) == expected


def test_rules_above_count_where_they_are_inherited_and_excluded_accounts_dont(moved):
    org, changes, target = moved
    top = org.rows("Territory2", Name="All")[0]["Id"]
    add_rule(org, top, state="NY,CA", IsInherited=True)
    leaving = changes.filter(object="account", field="territory_id").select("id", "before").rows()
    for account, territory in leaving[1:]:
        org.add("Territory2ObjectExclusion", ObjectId=account, Territory2Id=territory)
    assert foresee(target, changes)["PU201"].evidence["ids"] == [leaving[0][0]]


def test_rules_that_sleep_or_are_of_no_territory_they_leave_say_nothing(moved):
    org, changes, target = moved
    add_rule(org, changes.filter(object="account", field="territory_id")["before"][0], IsActive=False)
    add_rule(org, org.rows("Territory2", Name="All")[0]["Id"])
    assert foresee(target, changes) == {}


def test_owners_models_and_deals_that_the_filter_would_move_are_named(moved):
    org, changes, target = moved
    rep = changes.filter(field="owner_id")["after"][0]
    org.tables["User"][rep]["IsActive"] = False
    for model in org.rows("Territory2Model"):
        model["State"] = "Planning"
    going = set(changes.filter(object="account")["id"])
    late = [row for row in org.rows("Opportunity", StageName="Negotiation") if row["AccountId"] in going]
    late[0]["IsExcludedFromTerritory2Filter"] = False
    found = foresee(target, changes)
    assert set(found) == {"PU202", "PU204", "PU205"}
    assert found["PU202"].evidence["ids"] == [late[0]["Id"]]
    assert org.tables["User"][rep]["Name"] in found["PU205"].message
