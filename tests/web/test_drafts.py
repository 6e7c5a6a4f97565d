"""Edits kept for later: by several people on the page and in the API, and nobody writes over anybody."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def edits(run: Any) -> list[str]:
    """Return two edits that the plan can take."""
    from evenhand.web.reading import find_plan

    accounts = find_plan(run).assignment["account_id"].sort().to_list()
    return [f"lock:{accounts[0]}", f"lock:{accounts[1]}"]


def keep(client: Any, run: Any, version: int, *edits: str) -> Any:
    return client.post(f"/plans/{run.pk}/draft/", {"draft_version": version, "edit": edits})


def kept(run: Any) -> list[str]:
    from evenhand.adapters.store.models import EditDraft

    return list(EditDraft.objects.get(plan_run=run).edits)


def test_of_two_who_keep_at_once_the_later_sees_both_and_keeps_both(
    sign_in: Callable[[str], Any], run: Any, edits: list[str]
) -> None:
    mine, yours = edits
    first = keep(sign_in("revops"), run, 0, mine)
    assert first.status_code == 302
    page = sign_in("leader").get(f"/plans/{run.pk}/edit/").content.decode()
    assert "Kept for later" in page
    assert f'value="{mine}"' in page
    late = keep(sign_in("leader"), run, 0, yours)
    assert late.status_code == 409
    assert kept(run) == [mine]
    said = late.content.decode()
    version = int(re.search(r'name="draft_version" value="(\d+)"', said).group(1))
    both = re.findall(r'name="edit" value="([^"]+)"', said.partition("Keep both")[0])
    assert both == [mine, yours]
    assert keep(sign_in("leader"), run, version, *both).status_code == 302
    assert kept(run) == [mine, yours]
    stale = keep(sign_in("revops"), run, version, mine)
    assert stale.status_code == 409
    assert kept(run) == [mine, yours]


def test_the_page_and_the_api_keep_the_same_draft(
    sign_in: Callable[[str], Any], client: Any, people: dict[str, Any], run: Any, edits: list[str]
) -> None:
    from evenhand.adapters.store.secrets import make_token

    mine, yours = edits
    _, secret = make_token(people["leader"], "test", ["read", "write"])
    headers = {"Authorization": f"Bearer {secret}"}
    path = f"/api/v1/plan-runs/{run.pk}/draft"
    before = client.get(path, headers=headers).json()
    assert (before["version"], before["edits"]) == (0, [])
    assert keep(sign_in("revops"), run, 0, mine).status_code == 302
    late = client.put(
        path, json.dumps({"version": 0, "edits": [yours]}), content_type="application/json", headers=headers
    )
    assert late.status_code == 409
    assert late.json()["current"]["edits"] == [mine]
    version = late.json()["current"]["version"]
    body = json.dumps({"version": version, "edits": [mine, yours]})
    assert client.put(path, body, content_type="application/json", headers=headers).status_code == 200
    assert keep(sign_in("revops"), run, version, mine).status_code == 409
    assert kept(run) == [mine, yours]


def test_edits_that_are_made_are_no_longer_kept_and_others_stay(
    sign_in: Callable[[str], Any], run: Any, edits: list[str]
) -> None:
    client = sign_in("revops")
    keep(client, run, 0, *edits)
    client.post(f"/plans/{run.pk}/edit/", {"edit": edits[:1], "version": run.version, "do": "make"})
    assert kept(run) == edits
    run.refresh_from_db()
    made = client.post(f"/plans/{run.pk}/edit/", {"edit": edits, "version": run.version, "do": "make"})
    assert made.status_code == 302
    assert kept(run) == []


def test_what_is_no_edit_is_not_kept(sign_in: Callable[[str], Any], run: Any) -> None:
    from evenhand.adapters.store.models import EditDraft

    answer = keep(sign_in("revops"), run, 0, "shove:A1=T1")
    assert answer.status_code == 422
    assert "is no edit" in answer.content.decode()
    assert not EditDraft.objects.exists()
