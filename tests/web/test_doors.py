"""Every address of the workspace, tried by everyone: nobody gets what they shouldn't."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

EVERYONE = ("revops", "leader", "viewer", "manager", "rep", "other_manager", "stranger")
ALL = set(EVERYONE)
WHOLE = {"revops", "leader", "viewer"}
MAKERS = {"revops", "leader"}
KEEPERS = {"revops"}
PLAN_READERS = ALL - {"rep", "stranger"}
DRAFT_READERS = MAKERS

# Who gets something from each address while the plan is a draft; the others find nothing there.
PAGES: dict[str, set[str]] = {
    "": ALL,
    "books/": ALL,
    "books/new/": KEEPERS,
    "books/<uuid:pk>/": ALL,
    "books/<uuid:pk>/progress/": ALL,
    "books/<uuid:pk>/cancel/": KEEPERS,
    "books/<uuid:pk>/columns/": KEEPERS,
    "books/<uuid:pk>/findings/": WHOLE,
    "books/<uuid:pk>/changes/": WHOLE,
    "plans/<uuid:pk>/plan.xlsx": DRAFT_READERS,
    "plans/<uuid:pk>/sheet/": MAKERS,
    "uploads/<uuid:pk>/columns/": KEEPERS,
    "uploads/<uuid:pk>/preview/": KEEPERS,
    "mappings/": KEEPERS,
    "connections/": KEEPERS,
    "connections/new/<slug:vendor>/": KEEPERS,
    "connections/<uuid:pk>/": KEEPERS,
    "connections/<uuid:pk>/edit/": KEEPERS,
    "connections/<uuid:pk>/syncs/": KEEPERS,
    "connections/<uuid:pk>/columns/": KEEPERS,
    "connections/<uuid:pk>/remove/": KEEPERS,
    "handoffs/<uuid:pk>/pushes/": KEEPERS,
    "pushes/<uuid:pk>/": KEEPERS,
    "pushes/<uuid:pk>/progress/": KEEPERS,
    "pushes/<uuid:pk>/cancel/": KEEPERS,
    "pushes/<uuid:pk>/records.csv": KEEPERS,
    "syncs/<uuid:pk>/": KEEPERS,
    "syncs/<uuid:pk>/progress/": KEEPERS,
    "syncs/<uuid:pk>/cancel/": KEEPERS,
    "sources/": KEEPERS,
    "sources/<uuid:pk>/bring/": KEEPERS,
    "sources/<uuid:pk>/remove/": KEEPERS,
    "mappings/<uuid:pk>.toml": KEEPERS,
    "books/<uuid:pk>/rejected.csv": KEEPERS,
    "books/<uuid:pk>/diagnosis/": ALL,
    "books/<uuid:pk>/diagnosis.csv": ALL,
    "books/<uuid:pk>/diagnosis/report.html": WHOLE,
    "books/<uuid:pk>/territories/": ALL,
    "books/<uuid:pk>/territory/": WHOLE,  # of a territory of no team; of a team's own see below
    "books/<uuid:pk>/triggers/": ALL,
    "books/<uuid:pk>/records/": WHOLE,
    "books/<uuid:pk>/comments/": ALL,
    "books/<uuid:pk>/plans/new/": MAKERS,
    "plans/": PLAN_READERS,
    "plans/<uuid:pk>/": DRAFT_READERS,
    "plans/<uuid:pk>/progress/": DRAFT_READERS,
    "plans/<uuid:pk>/cancel/": MAKERS,
    "plans/<uuid:pk>/share/": MAKERS,
    "plans/<uuid:pk>/report.html": DRAFT_READERS,
    "plans/<uuid:pk>/plan.zip": DRAFT_READERS,
    "plans/<uuid:pk>/<slug:table>.csv": DRAFT_READERS,
    "plans/<uuid:pk>/moves/": DRAFT_READERS,
    "plans/<uuid:pk>/comments/": DRAFT_READERS,
    "plans/<uuid:pk>/edit/": MAKERS,
    "plans/<uuid:pk>/draft/": MAKERS,
    "plans/<uuid:pk>/edit/accounts": MAKERS,
    "plans/<uuid:pk>/charts/": DRAFT_READERS,
    "books/<uuid:pk>/map/": ALL,
    "books/<uuid:pk>/map/points": ALL,
    "books/<uuid:pk>/map/account": set(),  # none is named here; see test_maps
    "plans/<uuid:pk>/map/": DRAFT_READERS,
    "plans/<uuid:pk>/map/points": DRAFT_READERS,
    "plans/<uuid:pk>/map/account": set(),
    "plans/<uuid:pk>/map/edit/": MAKERS,
    "policies/": ALL,
    "policies/propose/": KEEPERS,
    "policies/titles/": KEEPERS,
    "policies/<uuid:pk>/": MAKERS,  # until it is published
    "policies/<uuid:pk>/act/": MAKERS,
    "plans/<uuid:pk>/review/": MAKERS,
    "plans/<uuid:pk>/exception/": KEEPERS,
    "reviews/": ALL,
    "reviews/<uuid:pk>/": MAKERS,  # while it is a draft; see test_reviews for the later states
    "reviews/<uuid:pk>/act/": MAKERS,
    "reviews/<uuid:pk>/revise/": MAKERS,
    "reviews/<uuid:pk>/handoff/": KEEPERS,
    "handoffs/": ALL,
    "handoffs/<uuid:pk>/": MAKERS,  # until it is released; see test_handoffs for what others see then
    "handoffs/<uuid:pk>/progress/": MAKERS,
    "handoffs/<uuid:pk>/cancel/": KEEPERS,
    "handoffs/<uuid:pk>/act/": MAKERS,
    "handoffs/<uuid:pk>/messages/": MAKERS,
    "handoffs/<uuid:pk>/decide/": KEEPERS,
    "handoffs/<uuid:pk>/messages/<int:number>/": MAKERS,
    "handoffs/<uuid:pk>/messages/<int:number>/letter.<slug:form>": MAKERS,
    "handoffs/<uuid:pk>/ledger/": MAKERS,
    "handoffs/<uuid:pk>/disputes/": MAKERS,
    "handoffs/<uuid:pk>/disputes/<uuid:dispute>/": MAKERS,
    "handoffs/<uuid:pk>/follow-up/": MAKERS,
    "handoffs/<uuid:pk>/tasks/": MAKERS,
    "handoffs/<uuid:pk>/brief/": MAKERS,
    "handoffs/<uuid:pk>/timeline.ics": MAKERS,
    "handoffs/<uuid:pk>/timeline.html": MAKERS,
    "handoffs/<uuid:pk>/<slug:table>.csv": MAKERS,
    "letters/": KEEPERS,
    "letters/<slug:name>/": KEEPERS,
    "letters/<slug:name>/preview/": KEEPERS,
    "year/": ALL,  # the days; the story for who decides, see test_cycles
    "year/begin/": MAKERS,
    "year.ics": ALL,
    "year.csv": MAKERS,
    "cycles/<uuid:pk>/": MAKERS,
    "cycles/<uuid:pk>/act/": MAKERS,
    "cycles/<uuid:pk>/agenda.<slug:form>": MAKERS,
    "cycles/<uuid:pk>/effect/": MAKERS,
    "cycles/<uuid:pk>/files/<str:name>": MAKERS,
    "alerts/": PLAN_READERS,
    "alerts/<uuid:pk>/snooze/": MAKERS,
    "notices/": ALL,
    "notices/read/": ALL,
    "delegations/": MAKERS,
    "delegations/<uuid:pk>/end/": set(),  # one's own alone
    "audit/check/": MAKERS,
    "audit.csv": MAKERS,
    "comments/<uuid:pk>/": DRAFT_READERS,
    "comments/<uuid:pk>/delete/": {"revops"},  # the author or whoever keeps people; the author here is neither
    "mentions/": ALL,
    "books/<uuid:pk>/studies/new/": MAKERS,
    "studies/<uuid:pk>/": MAKERS,
    "studies/<uuid:pk>/progress/": MAKERS,
    "studies/<uuid:pk>/cancel/": MAKERS,
    "studies/<uuid:pk>/plans/": MAKERS,
    "compare/": PLAN_READERS,
    "compare/different.csv": DRAFT_READERS,
    "people/": KEEPERS,
    "people/<uuid:pk>/": KEEPERS,
    "tokens/": ALL,
    "tokens/<uuid:pk>/revoke/": set(),  # one's own alone; the token tried is somebody else's
    "audit/": MAKERS,
}
# Addresses that work without being signed in, because of what they are.
PUBLIC = {"sign-in/<str:secret>/", "invitations/<str:secret>/", "health/live", "health/ready", "metrics"}
# Sign-in by allauth, which lets people at their own account alone; only these are there at all.
ACCOUNTS = "accounts/"
CLOSED = {"accounts/signup/", "accounts/email/", "accounts/confirm-email/"}
API: dict[tuple[str, str], set[str]] = {
    ("GET", "me"): ALL,
    ("GET", "books"): ALL,
    ("POST", "books"): KEEPERS,
    ("GET", "books/{book_id}"): ALL,
    ("POST", "books/{book_id}/cancel"): KEEPERS,
    ("GET", "books/{book_id}/findings"): WHOLE,
    ("GET", "books/{book_id}/diagnosis"): ALL,
    ("GET", "books/{book_id}/figures"): ALL,
    ("GET", "books/{book_id}/rejected.csv"): KEEPERS,
    ("GET", "books/{book_id}/diagnosis/report.html"): WHOLE,
    ("GET", "books/{book_id}/changes"): WHOLE,
    ("GET", "mappings"): KEEPERS,
    ("GET", "mappings/{mapping_id}.toml"): KEEPERS,
    ("GET", "connections"): KEEPERS,
    ("POST", "connections"): KEEPERS,
    ("GET", "connections/{connection_id}"): KEEPERS,
    ("PUT", "connections/{connection_id}"): KEEPERS,
    ("GET", "connections/{connection_id}/syncs"): KEEPERS,
    ("POST", "connections/{connection_id}/syncs"): KEEPERS,
    ("GET", "handoffs/{handoff_id}/pushes"): KEEPERS,
    ("POST", "handoffs/{handoff_id}/pushes"): KEEPERS,
    ("GET", "pushes/{push_id}"): KEEPERS,
    ("POST", "pushes/{push_id}/cancel"): KEEPERS,
    ("GET", "pushes/{push_id}/records"): KEEPERS,
    ("GET", "syncs/{sync_id}"): KEEPERS,
    ("POST", "syncs/{sync_id}/cancel"): KEEPERS,
    ("DELETE", "connections/{connection_id}"): KEEPERS,
    ("GET", "sources"): KEEPERS,
    ("POST", "sources/{source_id}/books"): KEEPERS,
    ("GET", "books/{book_id}/triggers"): ALL,
    ("GET", "books/{book_id}/territories"): ALL,
    ("GET", "books/{book_id}/territory"): WHOLE,
    ("GET", "books/{book_id}/records"): WHOLE,
    ("GET", "books/{book_id}/comments"): ALL,
    ("POST", "books/{book_id}/comments"): ALL,
    ("GET", "plan-runs"): PLAN_READERS,
    ("POST", "plan-runs"): MAKERS,
    ("GET", "plan-runs/{run_id}"): DRAFT_READERS,
    ("POST", "plan-runs/{run_id}/cancel"): MAKERS,
    ("POST", "plan-runs/{run_id}/share"): MAKERS,
    ("GET", "plan-runs/{run_id}/tables/{table}"): DRAFT_READERS,
    ("GET", "plan-runs/{run_id}/moves"): DRAFT_READERS,
    ("GET", "plan-runs/{run_id}/report.html"): DRAFT_READERS,
    ("GET", "plan-runs/{run_id}/plan.zip"): DRAFT_READERS,
    ("GET", "plan-runs/{run_id}/plan.xlsx"): DRAFT_READERS,
    ("POST", "plan-runs/{run_id}/sheet"): MAKERS,
    ("GET", "plan-runs/{run_id}/draft"): MAKERS,
    ("PUT", "plan-runs/{run_id}/draft"): MAKERS,
    ("POST", "plan-runs/{run_id}/edits/preview"): MAKERS,
    ("POST", "plan-runs/{run_id}/edits"): MAKERS,
    ("GET", "plan-runs/{run_id}/comments"): DRAFT_READERS,
    ("POST", "plan-runs/{run_id}/comments"): DRAFT_READERS,
    ("GET", "compare"): DRAFT_READERS,
    ("GET", "compare/different"): DRAFT_READERS,
    ("GET", "studies"): MAKERS,
    ("POST", "studies"): MAKERS,
    ("GET", "studies/{study_id}"): MAKERS,
    ("POST", "studies/{study_id}/cancel"): MAKERS,
    ("GET", "studies/{study_id}/report.html"): MAKERS,
    ("POST", "studies/{study_id}/plans"): MAKERS,
    ("GET", "reviews"): ALL,
    ("GET", "reviews/{review_id}"): MAKERS,
    ("POST", "reviews"): MAKERS,
    ("POST", "reviews/{review_id}/actions"): MAKERS,
    ("POST", "reviews/{review_id}/plans"): MAKERS,
    ("PUT", "reviews/{review_id}/plan"): MAKERS,
    ("GET", "policies"): ALL,
    ("POST", "policies"): KEEPERS,
    ("GET", "policies/{policy_id}"): MAKERS,  # until it is published
    ("POST", "policies/{policy_id}/signatures"): MAKERS,
    ("POST", "policies/{policy_id}/publish"): KEEPERS,
    ("POST", "policies/{policy_id}/withdraw"): KEEPERS,
    ("PUT", "titles"): KEEPERS,
    ("GET", "cycles"): ALL,
    ("POST", "cycles"): MAKERS,
    ("GET", "cycles/{cycle_id}"): MAKERS,
    ("POST", "cycles/{cycle_id}/steps"): MAKERS,
    ("GET", "cycles/{cycle_id}/agenda.pdf"): MAKERS,
    ("GET", "cycles/{cycle_id}/files/{name}"): MAKERS,
    ("GET", "alerts"): PLAN_READERS,
    ("POST", "alerts/{alert_id}/snooze"): MAKERS,
    ("GET", "notices"): ALL,
    ("POST", "notices/read"): ALL,
    ("GET", "delegations"): MAKERS,
    ("POST", "delegations"): MAKERS,
    ("DELETE", "delegations/{delegation_id}"): set(),  # one's own alone
    ("GET", "audit/check"): MAKERS,
    ("GET", "handoffs"): ALL,
    ("POST", "handoffs"): KEEPERS,
    ("GET", "handoffs/{handoff_id}"): MAKERS,
    ("POST", "handoffs/{handoff_id}/cancel"): KEEPERS,
    ("POST", "handoffs/{handoff_id}/actions"): MAKERS,
    ("GET", "handoffs/{handoff_id}/messages"): MAKERS,
    ("GET", "handoffs/{handoff_id}/messages/{number}"): MAKERS,
    ("POST", "handoffs/{handoff_id}/verdicts"): KEEPERS,
    ("GET", "handoffs/{handoff_id}/tables/{table}"): MAKERS,
    ("GET", "handoffs/{handoff_id}/credit"): MAKERS,
    ("POST", "handoffs/{handoff_id}/disputes"): MAKERS,
    ("POST", "handoffs/{handoff_id}/disputes/{dispute_id}"): KEEPERS,
    ("GET", "handoffs/{handoff_id}/follow-up"): MAKERS,
    ("GET", "letters"): KEEPERS,
    ("GET", "letters/{name}"): KEEPERS,
    ("PUT", "letters/{name}"): KEEPERS,
    ("POST", "letters/{name}/preview"): KEEPERS,
    ("GET", "comments/{comment_id}"): DRAFT_READERS,
    ("PUT", "comments/{comment_id}"): set(),  # the author's alone
    ("DELETE", "comments/{comment_id}"): KEEPERS,
    ("GET", "mentions"): ALL,
    ("GET", "people"): KEEPERS,
    ("PUT", "people/{person_id}"): KEEPERS,
    ("GET", "invitations"): KEEPERS,
    ("POST", "invitations"): KEEPERS,
    ("GET", "tokens"): ALL,
    ("POST", "tokens"): ALL,
    ("DELETE", "tokens/{token_id}"): set(),  # one's own alone; the token tried is somebody else's
    ("GET", "audit"): MAKERS,
}
UNREADY = {"studies/<uuid:pk>/plans/", "plans/<uuid:pk>/draft/", "plans/<uuid:pk>/exception/"}
POSTED = {
    "year/begin/",
    "cycles/<uuid:pk>/act/",
    "alerts/<uuid:pk>/snooze/",
    "reviews/<uuid:pk>/handoff/",
    "handoffs/<uuid:pk>/cancel/",
    "handoffs/<uuid:pk>/act/",
    "handoffs/<uuid:pk>/decide/",
    "handoffs/<uuid:pk>/disputes/",
    "handoffs/<uuid:pk>/disputes/<uuid:dispute>/",
    "letters/<slug:name>/preview/",
    "policies/propose/",
    "policies/titles/",
    "policies/<uuid:pk>/act/",
    "plans/<uuid:pk>/review/",
    "plans/<uuid:pk>/exception/",
    "reviews/<uuid:pk>/act/",
    "reviews/<uuid:pk>/revise/",
    "notices/read/",
    "delegations/<uuid:pk>/end/",
    "books/<uuid:pk>/cancel/",
    "books/<uuid:pk>/columns/",
    "uploads/<uuid:pk>/preview/",
    "sources/<uuid:pk>/bring/",
    "sources/<uuid:pk>/remove/",
    "connections/<uuid:pk>/syncs/",
    "connections/<uuid:pk>/columns/",
    "connections/<uuid:pk>/remove/",
    "syncs/<uuid:pk>/cancel/",
    "pushes/<uuid:pk>/cancel/",
    "plans/<uuid:pk>/cancel/",
    "plans/<uuid:pk>/share/",
    "people/<uuid:pk>/",
    "studies/<uuid:pk>/cancel/",
    "plans/<uuid:pk>/map/edit/",
    "comments/<uuid:pk>/delete/",
    "plans/<uuid:pk>/draft/",
    "studies/<uuid:pk>/plans/",
}


def routes(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def api_routes() -> set[tuple[str, str]]:
    from evenhand.web.api.router import api

    paths = api.get_openapi_schema()["paths"]
    return {(verb.upper(), path.removeprefix("/api/v1/")) for path, verbs in paths.items() for verb in verbs}


def test_every_address_is_in_the_tables_above() -> None:
    ours = {route for route in routes() if not route.startswith((ACCOUNTS, "api/"))}
    assert ours == set(PAGES) | PUBLIC
    assert api_routes() == set(API)


def fill(route: str, book: Any, run: Any, person: Any) -> str:
    pk = run.pk if route.startswith("plans/") else person.pk if route.startswith("people/") else book.pk
    if route.startswith("studies/"):
        pk = run.book.studies.get_or_create(kind="frontier", created_by=run.created_by)[0].pk
    if route.startswith("comments/"):
        pk = comment_on(run)
    if route.startswith(("reviews/<", "policies/<")):
        pk = to_agree(route.partition("/")[0], run)
    if route.startswith(("uploads/", "mappings/<", "sources/<")):
        pk = to_map(route.partition("/")[0], run.created_by)
    if route.startswith(("connections/<", "syncs/<")):
        pk = to_connect(route.partition("/")[0], run.created_by)
    if route.startswith(("cycles/<", "alerts/<")):
        pk = to_review(route.partition("/")[0], book, run.created_by)
        route = route.replace("<slug:form>", "html").replace("<str:name>", "outcome.json")
    if route.startswith("pushes/<"):
        pk = to_push(run)
    if route.startswith("handoffs/<"):
        route, pk = fill_handoff(route), to_hand(run).pk
    path = "/" + route.replace("<uuid:pk>", str(pk)).replace("<slug:table>", "moves").replace("<slug:name>", "losing")
    path = path.replace("<slug:vendor>", "salesforce")
    seat = book.summary["seats"][-1]
    asked = {
        "handoffs/<uuid:pk>/brief/": f"?account={first_account(run)}",
        "compare/different.csv": f"?plan={run.pk}&plan={run.pk}",
        "books/<uuid:pk>/territory/": f"?id={seat}",
        "books/<uuid:pk>/records/": f"?of={seat}:effects",
    }
    return path + asked.get(route, "")


def comment_on(run: Any) -> Any:
    """Return the id of a comment on a plan that nobody of the cast wrote."""
    from evenhand.adapters.store.models import Comment, User

    author, _ = User.objects.get_or_create(email="author@firm.example", role="leader")
    return Comment.objects.create(plan_run=run, author=author, text="Why?").pk


def to_agree(kind: str, run: Any) -> Any:
    """Return the key of a review that is a draft, of a policy version with the signers, of an outsider's delegation."""
    from evenhand.adapters.store.models import Delegation, PolicyVersion, Review, User
    from evenhand.policy import Policy, render_policy

    if kind == "delegations":
        author, _ = User.objects.get_or_create(email="author@firm.example", role="leader")
        days = {"starts_on": dt.date(2999, 1, 1), "ends_on": dt.date(2999, 1, 2)}
        return Delegation.objects.create(of=author, to=run.created_by, **days).pk
    if kind == "reviews":
        return Review.objects.get_or_create(run=run, author=run.created_by)[0].pk
    said = {"text": render_policy(Policy()), "signers": ["CRO"], "proposed_by": run.created_by}
    return PolicyVersion.objects.get_or_create(policy_hash="of doors", name="Rules", defaults=said)[0].pk


def first_account(run: Any) -> str:
    from evenhand.web.reading import find_plan

    return str(find_plan(run).moves["account_id"][0])


def fill_handoff(route: str) -> str:
    for part, value in (("<int:number>", "1"), ("<slug:form>", "txt"), ("<slug:table>", "tasks")):
        route = route.replace(part, value)
    return route.replace("<uuid:dispute>", DISPUTE)


DISPUTE = "11111111-1111-1111-1111-111111111111"


def to_hand(run: Any) -> Any:
    """Return a handoff that is prepared and not released, with one message and a dispute; its folder by hand."""
    from evenhand.adapters.store.models import CreditDispute, Handoff
    from evenhand.handoff.ledger import LEDGER_SCHEMA
    from evenhand.handoff.tasks import TASKS_SCHEMA
    from evenhand.wiring.shelf import open_shelf

    days = ("starts_on", "told_on", "introductions_from", "latest_on")
    said = {"state": "done", "folder": "of-doors", "run": run, "created_by": run.created_by}
    summary = dict.fromkeys(days, "2999-01-02") | {"losing": [], "findings": [], "follow_up_days": [30]}
    row, is_new = Handoff.objects.get_or_create(
        review_id=to_agree("reviews", run), defaults=said | {"summary": summary}
    )
    if is_new:
        row.messages.create(
            key="losing/R1/T1", number=1, kind="losing", to_id="R1", subject="Hm", send_on="2999-01-02", digest="d",
            message_id="<1@firm.example>",
        )  # fmt: skip
        CreditDispute.objects.create(
            pk=DISPUTE, handoff=row, opportunity_id="O1", rep_id="R1", reason="Hm.", raised_by=run.created_by,
            raised_on="2026-01-05",
        )  # fmt: skip
        folder = open_shelf().handoff("of-doors")
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in (("ledger.csv", LEDGER_SCHEMA), ("tasks.csv", TASKS_SCHEMA)):
            (folder / name).write_text(",".join(columns) + "\n", "utf-8")
        for name in ("changeset.jsonl", "timeline.ics", "timeline.html"):
            (folder / name).write_text("", "utf-8")
        mails = open_shelf().mails(row.pk)
        mails.parent.mkdir(parents=True, exist_ok=True)
        mail = {"subject": "Hm", "text": "Hm", "html": "<p>Hm", "calendar": ""}
        mails.write_text(json.dumps({"losing/R1/T1": mail}), "utf-8")
    return row


def to_review(kind: str, book: Any, maker: Any) -> Any:
    """Return the key of a review that has an agenda and an outcome, or of an alert."""
    from evenhand.adapters.store.models import Cycle, WatchAlert
    from evenhand.wiring.shelf import open_shelf

    if kind == "alerts":
        said = {"trigger": "vacancy", "message": "Hm", "book": book} | dict.fromkeys(
            ("first_on", "alarmed_on", "seen_on"), "2026-09-30"
        )
        return WatchAlert.objects.get_or_create(key="of doors", defaults=said)[0].pk
    folder = open_shelf().root / "outcomes" / "of-doors"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outcome.json").write_text("{}", "utf-8")
    (folder / "report.html").write_text('<svg class="shapes"></svg><main></main><script></script>', "utf-8")
    item = {"title": "Hm", "minutes": 1, "facts": [], "decides": ""}
    agenda = {
        "title": "Hm",
        "book_on": "2026-09-30",
        "minutes": 1,
        "headline": "Hm",
        "suggests": "plan",
        "items": [item],
    }
    said = {"name": "2999 Q1", "book": book, "created_by": maker, "agenda": agenda, "folder": "of-doors"}
    return Cycle.objects.get_or_create(due_on="2999-01-04", defaults=said)[0].pk


def to_connect(kind: str, maker: Any) -> Any:
    """Return the key of a connection, or of a test of it; its folder with a secret."""
    from evenhand.adapters.store.models import Connection, Sync
    from evenhand.foundation.secret import Secret
    from evenhand.wiring.connecting import fill_in
    from evenhand.wiring.syncing_jobs import open_workspace_connections

    connections = open_workspace_connections()
    if not connections.has("doors"):
        said = {"address": "https://acme.my.salesforce.com", "client_id": "x"}
        connections.save(fill_in(connections, "doors", "salesforce", said, {"client_secret": Secret("hush")}))
    said = {"vendor": "salesforce", "created_by": maker}
    row = Connection.objects.get_or_create(name="doors", defaults=said)[0]
    return row.pk if kind == "connections" else Sync.objects.create(connection=row, kind="test", created_by=maker).pk


def to_push(run: Any) -> Any:
    """Return the key of a dry run of a handoff, with a table of records."""
    from evenhand.adapters.store.models import Push
    from evenhand.wiring.pushing_jobs import find_records

    said = {"to": "doors", "mode": "dry-run", "until": dt.date(2999, 1, 2), "created_by": run.created_by}
    push = Push.objects.create(handoff=to_hand(run), connection_id=to_connect("connections", run.created_by), **said)
    find_records(push).parent.mkdir(parents=True, exist_ok=True)
    find_records(push).write_text("id\n", "utf-8")
    return push.pk


def to_map(kind: str, maker: Any) -> Any:
    """Return the key of an upload, a saved mapping or source; of the upload with its file on the shelf."""
    from django.conf import settings

    from evenhand.adapters.store.models import SavedMapping, SavedSource, Upload
    from evenhand.wiring.shelf import open_shelf

    if kind == "mappings":
        return SavedMapping.objects.get_or_create(name="CRM", number=1, text="", created_by=maker)[0].pk
    if kind == "sources":
        said = {"server_path": str(settings.EVENHAND_SOURCES[0]), "created_by": maker}
        return SavedSource.objects.get_or_create(name="Nightly", defaults=said)[0].pk
    upload = Upload.objects.get_or_create(name="To map", folder="of-doors", created_by=maker)[0]
    accounts = open_shelf().upload(upload.folder) / "source" / "accounts.csv"
    accounts.parent.mkdir(parents=True, exist_ok=True)
    accounts.write_text("account_id,territory_id\nA1,T1\n", "utf-8")
    return upload.pk


@pytest.mark.parametrize("name", ["nobody", *EVERYONE])
def test_people_get_what_their_role_may_have(
    name: str,
    sign_in: Callable[[str], Any],
    book: Any,
    run: Any,
    people: dict[str, Any],
    shelf_folder: Any,
    settings: Any,
) -> None:
    from evenhand.adapters.store.secrets import make_token

    settings.EVENHAND_SOURCES = (shelf_folder,)
    rejected = shelf_folder / "admissions" / str(book.pk) / "rejected.csv"
    rejected.write_text("table\n", encoding="utf-8")
    token, _ = make_token(people["leader"] if name != "leader" else people["viewer"], "somebody else's", ["read"])
    client = sign_in(name)
    for route, allowed in PAGES.items():
        path = fill(route, book, run, people["viewer"])
        if "tokens/<" in route:
            path = f"/tokens/{token.pk}/revoke/"
        ask = client.post if route in POSTED or "revoke" in route else client.get
        answer = ask(path)
        answer.close()
        if name == "nobody":
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/accounts/login/"), route
        elif name in allowed:
            # Of what isn't in the state for it, those who may are told so.
            good = {200, 302, 409} if route in UNREADY else {200, 302}
            assert answer.status_code in good, (route, answer.status_code)
        else:
            assert answer.status_code == 404, (route, answer.status_code)


def send(client: Any, verb: str, route: str, ids: dict[str, Any], headers: dict[str, str]) -> Any:
    """Send a request of the API with all that it asks for."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    run, seat = ids["run_id"], ids["seat"]
    asked = {
        "compare": f"plan={run}&plan={run}",
        "compare/different": f"plan={run}&plan={run}",
        "plan-runs/{run_id}/share": f"if_match={ids['version']}",
        "books/{book_id}/territory": f"id={seat}",
        "books/{book_id}/records": f"of={seat}:effects",
        "comments/{comment_id}": "if_match=1",
        "books/{book_id}/changes": f"since={ids['book_id']}",
        "handoffs/{handoff_id}/messages/{number}": "form=txt",
    }
    bodies = {
        "plan-runs": {"book_id": ids["book_id"]},
        "plan-runs/{run_id}/draft": {"version": ids["draft_version"], "edits": []},
        "plan-runs/{run_id}/edits/preview": {"edits": [f"lock:{ids['account']}"]},
        "plan-runs/{run_id}/edits": {"version": ids["version"], "edits": [f"lock:{ids['account']}"]},
        "books/{book_id}/comments": {"text": "Hm."},
        "plan-runs/{run_id}/comments": {"text": "Hm."},
        "studies": {"book_id": ids["book_id"], "kind": "frontier"},
        "studies/{study_id}/plans": {"scenario": "nowhere"},
        "comments/{comment_id}": {"text": "Other words.", "version": 1},
        "reviews": {"plan_run_id": ids["run_id"]},
        "reviews/{review_id}/actions": {"action": "publish"},
        "reviews/{review_id}/plan": {"plan_run_id": ids["run_id"]},
        "policies": {},
        "policies/{policy_id}/signatures": {"title": "CRO"},
        "titles": {"title": "CRO"},
        "delegations": {"to": ids["delegate"], "starts_on": "2999-01-01", "ends_on": "2999-01-31"},
        "handoffs": {"review_id": str(ids["review_id"])},
        "handoffs/{handoff_id}/actions": {"action": "stop"},
        "handoffs/{handoff_id}/verdicts": {"message_id": "losing/R1/T1", "word": "arrived"},
        "handoffs/{handoff_id}/disputes": {"opportunity_id": "O1", "reason": "Hm."},
        "handoffs/{handoff_id}/disputes/{dispute_id}": {"answer": "Hm."},
        "letters/{name}": {"text": "", "after": 0},
        "letters/{name}/preview": {"text": "# Hm"},
        "cycles": {"due_on": "2999-01-05"},
        "cycles/{cycle_id}/steps": {"step": "no change", "reason": "Hm."},
        "alerts/{alert_id}/snooze": {"until": "2999-01-05", "reason": "Hm."},
        "people/{person_id}": {"role": "viewer", "version": ids["person_version"]},
        "invitations": {"email": "new@firm.example", "role": "viewer"},
        "tokens": {"name": "made by a program", "days": 1},
        "connections": {
            "name": "made-by-a-program",
            "vendor": "salesforce",
            "settings": {"address": "https://acme.my.salesforce.com", "client_id": "x"},
            "secrets": {"client_secret": "hush"},
        },
        "connections/{connection_id}": {"every_hours": 6},
        "connections/{connection_id}/syncs": {"kind": "test"},
        "handoffs/{handoff_id}/pushes": {"connection_id": str(ids["connection_id"]), "mode": "apply"},
    }
    path = f"/api/v1/{route.format(**ids)}?{asked.get(route, '')}"
    if verb in {"GET", "DELETE"}:
        return client.generic(verb, path, headers=headers)
    if route == "plan-runs/{run_id}/sheet":
        sheet = f"account_id,territory_id\n{ids['account']},{seat}\n".encode()
        return client.post(path, {"sheet": SimpleUploadedFile("sheet.csv", sheet)}, headers=headers)
    if route == "books":
        return client.post(path, {"files": SimpleUploadedFile("accounts.csv", b"account_id\n")}, headers=headers)
    body = json.dumps(bodies[route]) if route in bodies else b""
    return client.generic(verb, path, body, content_type="application/json", headers=headers)


# Those who may do it are told why it can't be done: what they ask of isn't in that state.
STATES = {
    ("POST", "cycles"): 409,
    ("POST", "cycles/{cycle_id}/steps"): 409,
    ("POST", "handoffs"): 409,
    ("POST", "handoffs/{handoff_id}/actions"): 409,
    ("POST", "handoffs/{handoff_id}/verdicts"): 409,
    ("POST", "handoffs/{handoff_id}/pushes"): 409,
    ("POST", "handoffs/{handoff_id}/disputes"): 409,
    ("GET", "studies/{study_id}/report.html"): 409,
    ("POST", "studies/{study_id}/plans"): 409,
    ("POST", "reviews"): 409,
    ("POST", "reviews/{review_id}/actions"): 409,
    ("POST", "reviews/{review_id}/plans"): 422,
    ("PUT", "reviews/{review_id}/plan"): 409,
    ("POST", "policies/{policy_id}/signatures"): 409,
    ("POST", "policies/{policy_id}/publish"): 409,
}


@pytest.mark.parametrize("name", ["nobody", *EVERYONE])
def test_programs_get_what_their_person_may_have(
    name: str, client: Any, book: Any, run: Any, people: dict[str, Any], shelf_folder: Any, settings: Any
) -> None:
    from evenhand.adapters.store.models import EditDraft
    from evenhand.adapters.store.secrets import make_token
    from evenhand.web.reading import find_plan

    settings.EVENHAND_SOURCES = (shelf_folder,)
    rejected = shelf_folder / "admissions" / str(book.pk) / "rejected.csv"
    rejected.parent.mkdir(parents=True, exist_ok=True)
    rejected.write_text("table\n", encoding="utf-8")
    headers = {}
    if name != "nobody":
        _, secret = make_token(people[name], "test", ["read", "write"])
        headers = {"Authorization": f"Bearer {secret}"}
    other, _ = make_token(people["leader"] if name != "leader" else people["viewer"], "somebody else's", ["read"])
    ids = {
        "book_id": str(book.pk),
        "run_id": str(run.pk),
        "study_id": run.book.studies.create(kind="frontier", created_by=run.created_by).pk,
        "review_id": to_agree("reviews", run),
        "policy_id": to_agree("policies", run),
        "delegate": str(people["other_manager"].pk),
        "delegation_id": to_agree("delegations", run),
        "person_id": people["viewer"].pk,
        "token_id": other.pk,
        "mapping_id": to_map("mappings", people["revops"]),
        "source_id": to_map("sources", people["revops"]),
        "handoff_id": to_hand(run).pk,
        "cycle_id": to_review("cycles", book, run.created_by),
        "alert_id": to_review("alerts", book, run.created_by),
        "dispute_id": DISPUTE,
        "number": 1,
        "name": "losing",
        "seat": book.summary["seats"][-1],
        "account": find_plan(run).assignment["account_id"][0],
    }
    for (verb, route), allowed in API.items():
        run.refresh_from_db()
        people["viewer"].refresh_from_db()
        draft = EditDraft.objects.filter(plan_run=run).first()
        ids |= {
            "comment_id": comment_on(run),
            "version": run.version,
            "draft_version": 0 if draft is None else draft.version,
            "person_version": people["viewer"].version,
            "connection_id": to_connect("connections", run.created_by),
            "sync_id": to_connect("syncs", run.created_by),
            "push_id": to_push(run),
        }
        if (verb, route) == ("POST", "plan-runs/{run_id}/share"):
            assert run.audience == "makers"
        ids["name"] = "outcome.json" if route.startswith("cycles/") else "losing"
        ids["table"] = "tasks" if route.startswith("handoffs/") else "moves"
        answer = send(client, verb, route, ids, headers)
        if name == "nobody":
            assert answer.status_code == 401, route
        elif name in allowed:
            good = {STATES[verb, route]} if (verb, route) in STATES else {200, 201, 202}
            assert answer.status_code in good, (verb, route, answer.content)
        else:
            assert answer.status_code == 404, (verb, route, answer.content)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
        answer.close()
        type(run).objects.filter(pk=run.pk).update(audience="makers")


def test_nobody_signs_up_or_takes_another_address(sign_in: Callable[[str], Any]) -> None:
    for path in CLOSED:
        for name in ("nobody", "rep"):
            for verb in ("get", "post"):
                assert getattr(sign_in(name), verb)(f"/{path}").status_code == 404, path


def test_accounts_of_allauth_need_sign_in_or_show_nothing(sign_in: Callable[[str], Any]) -> None:
    """What allauth shows to nobody are the forms to come in; everything else sends to them."""
    forms = {"login", "password/reset", "password/reset/done", "logout", "inactive", "login/code/confirm", "3rdparty"}
    client = sign_in("nobody")
    for route in routes():
        if not route.startswith(ACCOUNTS) or "<" in route or "(?P" in route or "^" in route:
            continue
        answer = client.get(f"/{route}")
        answer.close()
        if answer.status_code == 200:
            rest = route.removeprefix(ACCOUNTS).rstrip("/")
            assert rest.startswith(tuple(forms)), route


def test_a_shared_plan_is_seen_by_managers_and_viewers_within_their_teams(
    sign_in: Callable[[str], Any], run: Any, people: dict[str, Any]
) -> None:
    shared = sign_in("revops").post(f"/plans/{run.pk}/share/", {"audience": "shared", "version": run.version})
    assert shared.status_code == 302
    seen = {name: sign_in(name).get(f"/plans/{run.pk}/").status_code for name in EVERYONE}
    assert {name for name, status in seen.items() if status == 200} == PLAN_READERS
    for name in ("manager", "other_manager"):
        assert sign_in(name).get(f"/plans/{run.pk}/report.html").status_code == 404
        assert sign_in(name).get(f"/plans/{run.pk}/plan.zip").status_code == 404


def test_a_manager_sees_the_teams_territories_alone(sign_in: Callable[[str], Any], book: Any, run: Any) -> None:
    import polars as pl

    def territories(name: str, path: str) -> set[str]:
        answer = sign_in(name).get(path)
        assert answer.status_code == 200
        table = pl.read_csv(answer.content, infer_schema=False)
        columns = [column for column in table.columns if column.endswith("territory_id")]
        return set(pl.concat([table[column] for column in columns]).to_list())

    sign_in("revops").post(f"/plans/{run.pk}/share/", {"audience": "shared", "version": run.version})
    everything = territories("leader", f"/books/{book.pk}/diagnosis.csv")
    mine, theirs = (territories(name, f"/books/{book.pk}/diagnosis.csv") for name in ("manager", "other_manager"))
    own = territories("rep", f"/books/{book.pk}/diagnosis.csv")
    assert mine
    assert theirs
    assert not mine & theirs
    assert mine | theirs < everything
    assert own <= mine
    assert territories("stranger", f"/books/{book.pk}/diagnosis.csv") == set()
    assert territories("manager", f"/plans/{run.pk}/assignment.csv") <= mine
    assert territories("manager", f"/plans/{run.pk}/quotas.csv") <= mine
    page = sign_in("manager").get(f"/books/{book.pk}/diagnosis/").content.decode()
    for territory in theirs:
        assert f">{territory}<" not in page


def test_moves_of_other_teams_are_not_in_a_managers_table(sign_in: Callable[[str], Any], book: Any, run: Any) -> None:
    import polars as pl

    sign_in("revops").post(f"/plans/{run.pk}/share/", {"audience": "shared", "version": run.version})
    diagnosis = sign_in("manager").get(f"/books/{book.pk}/diagnosis.csv").content
    mine = set(pl.read_csv(diagnosis, infer_schema=False)["territory_id"])
    moves = pl.read_csv(sign_in("manager").get(f"/plans/{run.pk}/moves.csv").content, infer_schema=False)
    for row in moves.iter_rows(named=True):
        assert {row["from_territory_id"], row["to_territory_id"]} & mine
    assert moves["alternative"].null_count() == moves.height


def test_ids_that_arent_there_look_like_those_that_may_not_be_seen(sign_in: Callable[[str], Any], run: Any) -> None:
    client = sign_in("rep")
    hidden = client.get(f"/plans/{run.pk}/")
    missing = client.get("/plans/00000000-0000-0000-0000-000000000000/")
    assert hidden.status_code == missing.status_code == 404
    assert says(hidden) == says(missing)


def says(answer: Any) -> str:
    """Return the page without the token that each form has of its own."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
