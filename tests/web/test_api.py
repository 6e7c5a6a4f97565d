"""The API: tokens with scopes, requests done once, problems, pages of rows; and whatever schemathesis thinks of."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client: Any, people: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that calls the API as revenue operations."""
    from evenhand.adapters.store.secrets import make_token

    _, secret = make_token(people["revops"], "test", ["read", "write"])

    def send(verb: str, path: str, body: Any = None, key: str | None = None, token: str = secret) -> Any:
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        return client.generic(
            verb,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    return send


def test_a_token_is_made_on_the_page_shown_once_and_revoked(sign_in: Callable[[str], Any], client: Any) -> None:
    import re

    page = sign_in("viewer").post("/tokens/", {"name": "BI", "scope": "read", "days": "30"}).content.decode()
    secret = re.search(r"evh_[\w-]+", page).group(0)
    assert secret not in sign_in("viewer").get("/tokens/").content.decode()
    headers = {"Authorization": f"Bearer {secret}"}
    me = client.get("/api/v1/me", headers=headers).json()
    assert (me["role"], "make_plans" in me["may"]) == ("viewer", False)
    from evenhand.adapters.store.models import ApiToken

    token = ApiToken.objects.get()
    assert sign_in("manager").post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert sign_in("viewer").post(f"/tokens/{token.pk}/revoke/").status_code == 302
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_a_token_does_what_its_scopes_say_while_it_lasts(call: Any, people: dict[str, Any], book: Any) -> None:
    from django.utils import timezone

    from evenhand.adapters.store.models import ApiToken, User
    from evenhand.adapters.store.secrets import make_token

    token, reads = make_token(people["revops"], "reads", ["read"])
    assert call("GET", "books", token=reads).status_code == 200
    refused = call("POST", "plan-runs", {"book_id": str(book.pk)}, token=reads)
    assert refused.status_code == 403
    assert "write" in refused.json()["detail"]
    User.objects.filter(pk=people["revops"].pk).update(is_active=False)
    assert call("GET", "books", token=reads).status_code == 401
    User.objects.filter(pk=people["revops"].pk).update(is_active=True)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert call("GET", "books", token=reads).status_code == 401


def test_a_request_with_a_key_is_done_once(call: Any, book: Any) -> None:
    from evenhand.adapters.store.models import PlanRun

    body = {"book_id": str(book.pk), "title": "Once", "values": {"bands.potential": 0.2}}
    first, again = call("POST", "plan-runs", body, key="k1"), call("POST", "plan-runs", body, key="k1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert PlanRun.objects.count() == 1
    other = call("POST", "plan-runs", {**body, "title": "Other"}, key="k1")
    assert other.status_code == 422
    assert call("POST", "plan-runs", body).json()["id"] != first.json()["id"]


def test_what_is_wrong_is_a_problem_with_every_field(call: Any, book: Any) -> None:
    body = {"book_id": str(book.pk), "values": {"bands.potental": 0.2, "moves.most_moves": -1}, "events": ["nonsense"]}
    answer = call("POST", "plan-runs", body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    fields = {error["field"] for error in answer.json()["errors"]}
    assert {"event", "bands.potental", "moves.most_moves"} <= fields
    assert call("GET", "books?limit=0").status_code == 422
    assert call("GET", "plan-runs/not-an-id").status_code == 422
    assert call("GET", "nowhere").status_code == 404


def test_rows_come_in_pages_that_add_up(call: Any, book: Any, run: Any) -> None:
    first = call("GET", f"plan-runs/{run.pk}/tables/assignment?limit=150").json()
    rest = call("GET", f"plan-runs/{run.pk}/tables/assignment?limit=1000&offset=150").json()
    ids = [row["account_id"] for row in first["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) == first["count"]
    figures = call("GET", f"books/{book.pk}/figures?limit=5").json()
    assert len(figures["items"]) == 5
    assert call("GET", f"books/{book.pk}/diagnosis").json()["verdicts"]
    moves = call("GET", f"plan-runs/{run.pk}/tables/moves").json()
    assert moves["count"] == run.summary["n_moves"]


def test_plans_are_compared_and_shared(call: Any, run: Any) -> None:
    side = call("GET", f"compare?plan={run.pk}&plan={run.pk}").json()
    assert all(not figure["differs"] for figure in side["figures"])
    shared = call("POST", f"plan-runs/{run.pk}/share?if_match={run.version}")
    assert shared.json()["audience"] == "shared"
    stale = call("POST", f"plan-runs/{run.pk}/share?if_match={run.version}&audience=makers")
    assert stale.status_code == 409


def test_edits_are_weighed_made_and_undone_and_the_later_of_two_is_told(call: Any, run: Any) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.reading import find_plan

    account = find_plan(run).moves["account_id"][0]
    edit, path = f"lock:{account}", f"plan-runs/{run.pk}/edits"
    effect = call("POST", f"{path}/preview", {"edits": [edit]}).json()
    assert account in {row["account_id"] for row in effect["accounts"]}
    assert {row["level"] for row in effect["levels"]} >= {"violation", "high", "low"}
    assert not PlanRun.objects.filter(parent=run).exists()
    body = {"version": run.version, "edits": [edit], "title": "Mine"}
    made = call("POST", path, body, key="e1")
    assert made.status_code == 202, made.content
    assert made.json()["parent_id"] == str(run.pk)
    assert call("POST", path, body, key="e1").json() == made.json()
    late = call("POST", path, {**body, "title": "Yours"})
    assert late.status_code == 409
    assert late.json()["current"]["version"] == run.version + 1
    assert list(PlanRun.objects.filter(parent=run).values_list("title", flat=True)) == ["Mine"]
    assert call("POST", path, {"version": run.version + 1, "edits": ["move:NOBODY=T01"]}).status_code == 422


def test_studies_are_asked_read_and_taken_further(call: Any, book: Any, sign_in: Callable[[str], Any]) -> None:
    from evenhand.wiring.studying import solve_study

    two = "[scenario.wide.bands]\npotential = 0.3\n\n[scenario.wider.bands]\npotential = 0.4\n"
    asked = call("POST", "studies", {"book_id": str(book.pk), "kind": "scenarios", "text": two})
    assert asked.status_code == 202, asked.content
    pk = asked.json()["id"]
    path = f"studies/{pk}"
    assert call("GET", f"{path}/report.html").status_code == 409
    assert call("POST", f"{path}/plans", {"scenario": "wide"}).json()["code"] == "WS123"
    solve_study(pk)
    assert call("GET", path).json()["state"] == "done"
    made = call("POST", f"{path}/plans", {"scenario": "wide"}).json()
    assert made["state"] == "done"
    assert made["question"]["values"]["bands.potential"] == pytest.approx(0.3)
    assert call("POST", f"{path}/plans", {"scenario": "wide"}).json()["id"] == made["id"]
    moves = call("GET", f"plan-runs/{made['id']}/moves").json()
    assert moves["count"] == made["summary"]["n_moves"]
    assert call("POST", f"{path}/plans", {"scenario": "nowhere"}).status_code == 422
    report = call("GET", f"{path}/report.html")
    assert report["Content-Type"].startswith("text/html")
    report.close()
    leader = sign_in("leader")
    assert f"/plans/{made['id']}/" in leader.get(f"/studies/{pk}/").content.decode()
    opened = leader.post(f"/studies/{pk}/plans/", {"scenario": "wider"})
    assert opened.status_code == 302
    assert leader.get(opened["Location"]).status_code == 200


def test_people_are_invited_changed_and_the_last_keeper_stays(
    call: Any, people: dict[str, Any], mailoutbox: Any
) -> None:
    asked = {"email": "New@firm.example", "role": "manager", "rep_id": "R01"}
    made = call("POST", "invitations", asked)
    assert (made.status_code, made.json()["is_mailed"], made.json()["link"]) == (201, True, None)
    assert mailoutbox[0].to == ["new@firm.example"]
    assert call("GET", "invitations").json()["items"][0]["email"] == "new@firm.example"
    wrong = call("POST", "invitations", {"email": "nonsense", "role": "manager"})
    assert {error["field"] for error in wrong.json()["errors"]} == {"email", "rep_id"}
    viewer = people["viewer"]
    changed = call("PUT", f"people/{viewer.pk}", {"role": "leader", "version": viewer.version})
    assert changed.json()["role"] == "leader"
    stale = call("PUT", f"people/{viewer.pk}", {"role": "viewer", "version": viewer.version})
    assert (stale.status_code, stale.json()["current"]["role"]) == (409, "leader")
    own = people["revops"]
    last = call("PUT", f"people/{own.pk}", {"role": "viewer", "version": own.version})
    assert (last.status_code, last.json()["code"]) == (409, "WS122")
    actions = [event["action"] for event in call("GET", "audit?limit=1000").json()["items"]]
    assert "person.changed" in actions
    assert "invitation.made" in actions


def test_a_token_made_by_a_token_lasts_no_longer_and_is_revoked(call: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.secrets import make_token

    _, short = make_token(people["revops"], "short", ["read", "write"], days=5)
    assert call("POST", "tokens", {"name": "longer", "days": 6}, token=short).status_code == 422
    made = call("POST", "tokens", {"name": "as long", "days": 4}, token=short).json()
    assert call("GET", "me", token=made["secret"]).status_code == 200
    assert call("POST", "tokens", {"name": "more"}, token=made["secret"]).status_code == 403
    assert "secret" not in call("GET", "tokens").json()["items"][0]
    assert call("DELETE", f"tokens/{made['id']}").json()["revoked_at"]
    assert call("GET", "me", token=made["secret"]).status_code == 401


def test_comments_are_said_changed_and_deleted_by_programs(call: Any, run: Any) -> None:
    path = f"plan-runs/{run.pk}/comments"
    made = call("POST", path, {"text": "Why?"}, key="c1")
    assert made.status_code == 201
    assert call("POST", path, {"text": "Why?"}, key="c1").json() == made.json()
    one = f"comments/{made.json()['id']}"
    assert call("PUT", one, {"text": "Why so?", "version": 1}).json()["version"] == 2
    assert call("PUT", one, {"text": "Why no?", "version": 1}).json()["current"]["text"] == "Why so?"
    assert call("DELETE", f"{one}?if_match=2").json()["text"] == ""
    left = call("GET", path).json()["items"]
    assert [(item["author"], item["text"], bool(item["deleted_at"])) for item in left] == [("Revops", "", True)]


def test_records_behind_a_figure_come_in_pages(call: Any, book: Any) -> None:
    seat = book.summary["seats"][0]
    first = call("GET", f"books/{book.pk}/records?of={seat}:potential&limit=3&sort=-potential").json()
    assert first["formula"]
    assert len(first["items"]) == 3
    assert first["count"] == first["tables"]["accounts"]
    rest = call("GET", f"books/{book.pk}/records?of={seat}:potential&offset=3&limit=1000&sort=-potential").json()
    ids = [row["record_id"] for row in first["items"] + rest["items"]]
    assert len(ids) == len(set(ids)) == first["count"]
    wrong = call("GET", f"books/{book.pk}/records?of={seat}:potental")
    assert wrong.status_code == 422
    assert "potential" in wrong.json()["errors"][0]["message"]
    told = call("GET", f"books/{book.pk}/territory?id={seat}").json()
    assert {row["measure"] for row in told["figures"]} >= {"potential", "accounts"}


def test_every_request_body_has_an_example_that_it_takes() -> None:
    from ninja import Schema

    from evenhand.web.api.router import api

    described = api.get_openapi_schema()
    named = {
        content["schema"]["$ref"].rpartition("/")[2]
        for verbs in described["paths"].values()
        for operation in verbs.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    }
    assert len(named) > 8
    for name in named:
        example = described["components"]["schemas"][name].get("example")
        assert example, name
        next(schema for schema in Schema.__subclasses__() if schema.__name__ == name).model_validate(example)


def test_schemathesis_finds_nothing(book: Any, run: Any, handoff: Any, people: dict[str, Any], settings: Any) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed
    from hypothesis import settings as hypothesis_settings
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    from evenhand.adapters.store.models import Comment, SavedMapping, SavedSource, Study
    from evenhand.adapters.store.secrets import make_token
    from evenhand.wiring.wsgi import application

    _, secret = make_token(people["revops"], "schemathesis", ["read", "write"])

    def read_whole(environ: Any, start: Any) -> list[bytes]:
        """Answer as a server does, which closes what it has sent."""
        answer = application(environ, start)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", read_whole)
    checks = [
        schemathesis.checks.not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    ids = {
        "book_id": str(book.pk),
        "run_id": str(run.pk),
        "study_id": str(Study.objects.create(book=book, kind="frontier", created_by=people["revops"]).pk),
        "comment_id": str(Comment.objects.create(plan_run=run, author=people["revops"], text="Why?").pk),
        "person_id": str(people["viewer"].pk),
        "mapping_id": str(SavedMapping.objects.create(name="CRM", number=1, text="", created_by=people["revops"]).pk),
        "source_id": str(SavedSource.objects.create(name="Nightly", server_path="/no", created_by=people["revops"]).pk),
        "token_id": str(make_token(people["revops"], "another", ["read"])[0].pk),
        "handoff_id": str(handoff.pk),
        "number": 1,
    }
    n_tried = 0
    for operation in schema.get_all_operations():
        one = operation.ok()
        strategy = one.as_strategy()

        @seed(1)
        @hypothesis_settings(
            max_examples=5,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=strategy)
        def try_it(case: Any) -> None:
            nonlocal n_tried
            n_tried += 1
            case.path_parameters.update({name: pk for name, pk in ids.items() if name in case.path_parameters})
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=checks)

        try_it()
    assert n_tried > 100
