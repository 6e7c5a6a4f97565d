"""The fake org does what the pages say: the traps are there."""

import json
import urllib.request

import pytest
from tests.contract.salesforce.org import Org, OwnerChange, SaveError
from tests.contract.salesforce.server import serve


@pytest.fixture
def org():
    org = Org()
    ann, bob = org.add("User", Name="Ann", IsActive=True), org.add("User", Name="Bob", IsActive=True)
    account = org.add("Account", Name="Acme", OwnerId=ann)
    org.add("Opportunity", Name="Late", AccountId=account, OwnerId=ann, StageName="Negotiation")
    org.add("AccountTeamMember", AccountId=account, UserId=bob)
    org.people, org.account = (ann, bob), account
    return org


def test_a_change_of_owner_takes_team_and_deals_along_unless_told_not_to(org):
    ann, bob = org.people
    org.update("Account", org.account, {"OwnerId": bob})
    assert org.rows("AccountTeamMember") == []
    assert [deal["OwnerId"] for deal in org.rows("Opportunity")] == [bob]
    org.add("AccountTeamMember", AccountId=org.account, UserId=ann)
    org.update("Account", org.account, {"OwnerId": ann}, OwnerChange(True, True, False, False))
    assert len(org.rows("AccountTeamMember")) == 1
    assert [deal["OwnerId"] for deal in org.rows("Opportunity")] == [bob]


def test_an_association_is_made_once_and_never_updated(org):
    territory = org.add("Territory2", Name="North")
    values = {"ObjectId": org.account, "Territory2Id": territory, "AssociationCause": "Territory2Manual"}
    made = org.insert("ObjectTerritory2Association", values)
    with pytest.raises(SaveError, match="DUPLICATE_VALUE"):
        org.insert("ObjectTerritory2Association", values)
    with pytest.raises(SaveError, match="does not support update"):
        org.update("ObjectTerritory2Association", made, {"Territory2Id": territory})


def test_a_quotas_territory_is_never_changed(org):
    quota = org.add("ForecastingQuota", QuotaAmount=1.0, Territory2Id=None)
    with pytest.raises(SaveError, match="Unable to create/update fields: Territory2Id"):
        org.update("ForecastingQuota", quota, {"Territory2Id": "0MI"})
    org.update("ForecastingQuota", quota, {"QuotaAmount": 2.0})


def test_the_server_asks_for_a_session_counts_requests_and_saves_what_it_can(org):
    with serve(org) as server:

        def ask(method, path, value=None, token="", form=None):
            body = form.encode() if form is not None else json.dumps(value).encode()
            request = urllib.request.Request(
                server.url + path, body, {"Authorization": f"Bearer {token}"}, method=method
            )
            try:
                with urllib.request.urlopen(request) as answer:
                    return answer.status, json.loads(answer.read()), answer.headers
            except urllib.error.HTTPError as error:
                return error.code, json.loads(error.read()), error.headers

        path = "/services/data/v62.0/composite/sobjects"
        assert ask("PATCH", path, {})[0] == 401
        form = "grant_type=client_credentials&client_id=client-id&client_secret=client-secret"
        token = ask("POST", "/services/oauth2/token", form=form)[1]["access_token"]
        records = [
            {"attributes": {"type": "Account"}, "id": org.account, "Name": "Acme Ltd"},
            {"attributes": {"type": "Account"}, "id": "001000000000999AAA", "Name": "Nobody"},
        ]
        status, results, headers = ask("PATCH", path, {"allOrNone": False, "records": records}, token)
        assert (status, [one["success"] for one in results]) == (200, [True, False])
        assert results[1]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
        assert headers["Sforce-Limit-Info"] == "api-usage=2/100000"
        assert org.n_writes["Account", org.account, "Name"] == 1
