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


def test_schemathesis_finds_nothing(book: Any, run: Any, people: dict[str, Any], settings: Any) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed
    from hypothesis import settings as hypothesis_settings
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    from evenhand.adapters.store.secrets import make_token
    from evenhand.wiring.wsgi import application

    _, secret = make_token(people["revops"], "schemathesis", ["read", "write"])
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    checks = [
        schemathesis.checks.not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    n_tried = 0
    for operation in schema.get_all_operations():
        one = operation.ok()
        strategy = one.as_strategy()

        @seed(1)
        @hypothesis_settings(
            max_examples=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=strategy)
        def try_it(case: Any) -> None:
            nonlocal n_tried
            n_tried += 1
            if "book_id" in case.path_parameters:
                case.path_parameters["book_id"] = str(book.pk)
            if "run_id" in case.path_parameters:
                case.path_parameters["run_id"] = str(run.pk)
            case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, checks=checks)

        try_it()
    assert n_tried > 100
