"""HubSpot's own client understands the fake account, and sends what ours sends.

HubSpot's OpenAPI files aren't licensed for use by others, so that no test can be made of them. Its client is: its
models are generated of the same specification, and refuse answers that lack what it needs.
"""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
from tests.contract.hubspot.fill import fill
from tests.contract.hubspot.portal import Portal
from tests.contract.hubspot.server import serve

from evenhand.adapters.sources.hubspot import paging
from evenhand.adapters.sources.hubspot.client import HubSpotClient
from evenhand.adapters.sources.hubspot.lists import read_owners, read_stages
from evenhand.adapters.sources.hubspot.reading import HubSpotSource
from evenhand.adapters.sources.hubspot.session import Settings
from evenhand.adapters.sources.hubspot.writing import HubSpotTarget
from evenhand.foundation.secret import Secret
from evenhand.handoff.change_set import Write

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def account():
    portal = fill(Portal())
    with serve(portal) as server:
        yield portal, server, next(iter(portal.records["companies"]))


@pytest.fixture(scope="module")
def theirs(account):
    """What HubSpot's client got, and the requests it sent."""
    python = ROOT / ".peers" / "hubspot" / "bin" / "python"
    if not python.is_file():
        pytest.skip("HubSpot's client isn't installed: see .ci/run, which makes .peers/hubspot")
    _, server, company = account
    script = ROOT / "tests" / "integration" / "peers" / "ask_hubspot.py"
    command = [python, script, server.url, "private-token", company]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    seen, bodies = list(server.seen), list(server.bodies)
    server.seen.clear()
    server.bodies.clear()
    return json.loads(done.stdout), seen, bodies


def test_it_understands_the_fake(account, theirs):
    portal, _, company = account
    said, _, _ = theirs
    assert (said["listed"], said["total"]) == (["Company 0", "Company 1"], 30)
    assert (said["history"], said["written"]) == (["11"], [company])
    assert said["linked"] == sorted(other for other, _ in portal.links["companies", "deals"][company])
    assert said["owners"] == [["13", True]]
    assert dict(said["stages"]) == {
        stage["id"]: stage["metadata"]["isClosed"] for pipeline in portal.pipelines for stage in pipeline["stages"]
    }
    assert said["properties"] == sorted(portal.properties["companies"])


def test_ours_sends_what_it_sends(account, theirs):
    """The same addresses, and the same keys in every body."""
    portal, server, company = account
    _, seen, bodies = theirs
    client = HubSpotClient(Settings(server.url, "", access_token=Secret("private-token")))
    source, target, pages = HubSpotSource(client), HubSpotTarget(client), paging.Pages(client)
    companies = source.discover({}).objects[0]
    next(iter(source.pages(companies, since=None, resume=None)))
    next(iter(source.pages(companies, since=portal.now - dt.timedelta(days=400), resume=None)))
    pages.read("companies", [company], ["name"], ["hubspot_owner_id"])
    pages.associated("companies", "deals", [company])
    read_owners(client)
    read_stages(client)
    target.write([Write("companies", company, "hubspot_owner_id", "12", "11", portal.now.date(), 0)])
    client.close()
    assert {(method, path) for method, path, _ in seen} <= {(method, path) for method, path, _ in server.seen}
    assert {status for *_, status in server.seen} == {200}
    ours = {path: body for path, body in server.bodies if "/companies/" in path}
    assert len(bodies) == 4
    for path, body in bodies:
        assert list_keys(ours[path]) == list_keys(body), path


def list_keys(value, place=""):
    """Return every place of a body that has a value; names of properties aside."""
    if isinstance(value, list):
        return {key for one in value for key in list_keys(one, f"{place}[]")} or {place}
    if isinstance(value, dict) and not place.endswith(".properties"):
        return {key for name, one in value.items() for key in list_keys(one, f"{place}.{name}")}
    return {place}
