"""A review by programs: what the pages do the API does, with the same words where it refuses."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client: Any, people: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that calls the API as somebody of the cast."""
    from evenhand.adapters.store.secrets import make_token

    secrets: dict[str, str] = {}

    def send(who: str, verb: str, path: str, body: Any = None, *, key: str = "", good: int = 200) -> Any:
        if who not in secrets:
            secrets[who] = make_token(people[who], "test", ["read", "write"])[1]
        headers = {"Authorization": f"Bearer {secrets[who]}"} | ({"Idempotency-Key": key} if key else {})
        text = b"" if body is None else json.dumps(body)
        answer = client.generic(verb, f"/api/v1/{path}", text, content_type="application/json", headers=headers)
        assert answer.status_code == good, (verb, path, answer.content)
        return answer.json()

    return send


@pytest.fixture
def titled(people: dict[str, Any], posts: dict[str, str], book: Any) -> dict[str, Any]:
    """Give the leader the place above both teams and a title; the other titles to two more people."""
    from evenhand.adapters.store.models import User
    from evenhand.web.reading import find_directory

    reps = find_directory(book).reps
    above = dict(reps.select("rep_id", "manager_id").iter_rows()).get(posts["manager"]) or ""
    User.objects.filter(pk=people["leader"].pk).update(rep_id=above, title="VP Sales")
    for title in ("CRO", "VP RevOps"):
        people[title] = User.objects.create_user(f"{title[:2]}@firm.example", None, role="leader", name=title)
    for person in people.values():
        person.refresh_from_db()
    return people


def test_the_whole_review_by_programs(
    ask: Callable[..., Any], titled: dict[str, Any], run: Any, posts: dict[str, str], firm: Any, monkeypatch: Any
) -> None:
    from django.utils import timezone

    from evenhand.adapters.store.models import AuditEvent, Book, PlanRun, Review, User
    from evenhand.web.reading import find_findings
    from evenhand.wiring.admitting import admit_upload
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.planning import solve_run
    from evenhand.wiring.pricing_flags import price_review
    from evenhand.wiring.shelf import open_shelf

    real = timezone.now()

    # Titles, the policy, its signatures; nobody signs for another's title.
    for title in ("CRO", "VP RevOps"):
        held = ask("revops", "PUT", "titles", {"title": title, "person_id": str(titled[title].pk)})
    assert held == {"CRO": "CRO", "VP RevOps": "VP RevOps", "VP Sales": "Leader"}
    assert ask("revops", "PUT", "titles", {"title": "CRO", "person_id": str(titled["revops"].pk)}, good=409)
    policy = ask("revops", "POST", "policies", {}, key="policy", good=201)
    assert ask("revops", "POST", "policies", {}, key="policy", good=201) == policy
    assert ask("revops", "POST", "policies", {}, good=409)["code"] == "RV207"
    at = f"policies/{policy['id']}"
    ask("manager", "GET", at, good=404)
    assert ask("leader", "POST", f"{at}/signatures", {"title": "CRO"}, good=409)["code"] == "RV201"
    assert ask("revops", "POST", f"{at}/publish", good=409)["code"] == "RV204"
    for who, title in (("CRO", "CRO"), ("leader", "VP Sales"), ("VP RevOps", "VP RevOps")):
        signed = ask(who, "POST", f"{at}/signatures", {"title": title}, good=201)
    assert signed["missing_signatures"] == []
    assert signed["signed_at"]
    assert ask("revops", "POST", f"{at}/withdraw", good=409)["code"] == "RV203"
    ask("revops", "POST", f"{at}/publish")
    assert "flag_days" in ask("rep", "GET", at)["text"]

    # Put to the managers; the manager reads and flags, revenue operations accepts, the plan is solved again.
    PlanRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
    ask("manager", "POST", "reviews", {"plan_run_id": str(run.pk)}, good=404)
    review = ask("revops", "POST", "reviews", {"plan_run_id": str(run.pk)}, key="r", good=201)
    assert ask("revops", "POST", "reviews", {"plan_run_id": str(run.pk)}, good=409)["code"] == "RV101"
    at = f"reviews/{review['id']}"
    ask("rep", "GET", at, good=404)
    mine = ask("manager", "GET", at)
    assert mine["losing"]
    assert {line["line"] for seat in mine["seats"] for line in seat["quota"]} >= {"Opening quota"}
    assert mine["may"]["confirm"] is None
    account = mine["losing"][0]["account_id"]
    flag = {"action": "flag", "account_id": account, "flag_reason": "other", "reason": "Renewal in March."}
    ask("rep", "POST", f"{at}/actions", flag, good=404)
    flagged = ask("manager", "POST", f"{at}/actions", flag, key="flag")
    assert ask("manager", "POST", f"{at}/actions", flag, key="flag") == flagged
    (raised,) = flagged["flags"]
    assert raised["price"] is None
    price_review(review["id"])
    assert ask("revops", "GET", at)["flags"][0]["price"]["words"]
    assert set(ask("manager", "GET", at)["flags"][0]["price"]) == {"keeps_bands", "fault"}
    seen = [one["price"] for one in ask("other_manager", "GET", at)["flags"]]
    assert all(set(price) == {"keeps_bands", "fault"} for price in seen)
    answer = {"action": "accept flag", "subject": raised["id"], "reason": "Of course."}
    assert ask("manager", "POST", f"{at}/actions", answer, good=409)["code"] == "RV102"
    ask("revops", "POST", f"{at}/plans", good=422)
    ask("revops", "POST", f"{at}/actions", answer)
    approve = {"action": "approve", "plan_hash": review["plan_hash"]}
    assert ask("leader", "POST", f"{at}/actions", approve, good=409)["code"] == "RV114"
    made = ask("revops", "POST", f"{at}/plans", key="again", good=202)
    assert ask("revops", "POST", f"{at}/plans", key="again", good=202)["id"] == made["id"]
    ask("revops", "PUT", f"{at}/plan", {"plan_run_id": made["id"]}, good=409)
    solve_run(made["id"])
    review = ask("revops", "PUT", f"{at}/plan", {"plan_run_id": made["id"]})
    assert review["flags"][0]["is_honoured"]

    # Managers confirm or are answered for; a delegate approves; published, the rep speaks and is answered.
    monkeypatch.setattr(timezone, "now", lambda: real + dt.timedelta(days=10))
    assert ask("manager", "POST", f"{at}/actions", {"action": "confirm", "plan_hash": "old"}, good=409)
    for key in ask("leader", "GET", at)["unheard"]:
        ask("leader", "POST", f"{at}/actions", {"action": "stand in", "subject": key, "reason": "On leave."})
    start = (real + dt.timedelta(days=9)).date()
    days = {"starts_on": str(start), "ends_on": str(start + dt.timedelta(days=3))}
    ask("leader", "POST", "delegations", {"to": str(titled["rep"].pk), **days}, good=404)
    given = ask("leader", "POST", "delegations", {"to": str(titled["CRO"].pk), **days}, good=201)
    assert ask("CRO", "GET", "delegations")["items"] == [given]
    assert ask("CRO", "GET", "notices")["n_unread"]
    assert ask("CRO", "POST", "notices/read")["n_unread"] == 0
    approve = {"action": "approve", "plan_hash": review["plan_hash"]}
    assert ask("revops", "POST", f"{at}/actions", approve, good=409)["code"] == "RV102"
    for step in review["approvals"]:
        done = ask("CRO" if step["approver"] == "Leader" else "leader", "POST", f"{at}/actions", approve)
    assert done["stage"] == "approved"
    assert done["approvals"][0]["given_by"] == "CRO"
    ask("CRO", "DELETE", f"delegations/{given['id']}", good=404)
    assert ask("leader", "DELETE", f"delegations/{given['id']}")["items"] == []
    assert ask("revops", "POST", f"{at}/actions", {"action": "publish"})["stage"] == "published"
    cast = Review.objects.get().cast
    team = set(cast["teams"][posts["manager"]])
    chosen = next(name for name, found in cast["reps"].items() if team & set(found))
    User.objects.filter(pk=titled["rep"].pk).update(rep_id=chosen)
    said = {"action": "dispute", "territory_id": cast["reps"][chosen][0], "reason": "The deal is mine."}
    (voice,) = ask("rep", "POST", f"{at}/actions", said)["voices"]
    ask("manager", "POST", f"{at}/actions", {"action": "answer", "subject": voice["id"], "reason": "It stays."})
    assert ask("rep", "GET", at)["voices"][0]["answer"] == "It stays."
    assert ask("revops", "GET", "audit/check")["holds"]
    assert set(AuditEvent.objects.filter(action__startswith="review.").values_list("origin", flat=True)) == {
        "API 127.0.0.1"
    }
    ask("revops", "POST", f"{at}/actions", {"action": "submit"}, good=422)

    # A transfer request reaches the next book, and is said.
    said = {"action": "ask transfer", "territory_id": cast["reps"][chosen][0], "reason": "Closer to home."}
    ask("rep", "POST", f"{at}/actions", said)
    later = (real + dt.timedelta(days=30)).date().isoformat()
    again = Book.objects.create(
        name="Next",
        created_by=titled["revops"],
        settings={"server_path": str(firm), "as_of": later, "currency": "USD"},
    )
    admit_upload(str(again.pk))
    again.refresh_from_db()
    read = connect_outside().read_book(open_shelf().book(again.content_hash))
    assert (chosen, "Closer to home.") in read.transfer_requests.select("rep_id", "reason").rows()
    assert "BK523" in {finding.code for finding in find_findings(again)}
