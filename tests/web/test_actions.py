"""Everything that the pages do the API does too: every address is held against the operations, none is forgotten."""

from django.urls import URLPattern, URLResolver, get_resolver

# Each page's address, and the operations by which a program does the same.
DONE_BY: dict[str, tuple[str, ...]] = {
    "": ("GET books", "GET plan-runs"),
    "books/": ("GET books",),
    "books/new/": ("POST books",),
    "books/<uuid:pk>/": ("GET books/{book_id}", "GET plan-runs"),
    "books/<uuid:pk>/progress/": ("GET books/{book_id}",),
    "books/<uuid:pk>/cancel/": ("POST books/{book_id}/cancel",),
    "books/<uuid:pk>/findings/": ("GET books/{book_id}/findings",),
    "books/<uuid:pk>/changes/": ("GET books/{book_id}/changes",),
    "books/<uuid:pk>/rejected.csv": ("GET books/{book_id}/rejected.csv",),
    "books/<uuid:pk>/diagnosis/": ("GET books/{book_id}/diagnosis",),
    "books/<uuid:pk>/diagnosis.csv": ("GET books/{book_id}/figures",),
    "books/<uuid:pk>/diagnosis/report.html": ("GET books/{book_id}/diagnosis/report.html",),
    "books/<uuid:pk>/territories/": ("GET books/{book_id}/territories",),
    "books/<uuid:pk>/territory/": ("GET books/{book_id}/territory",),
    "books/<uuid:pk>/triggers/": ("GET books/{book_id}/triggers",),
    "books/<uuid:pk>/records/": ("GET books/{book_id}/records",),
    "books/<uuid:pk>/comments/": ("GET books/{book_id}/comments", "POST books/{book_id}/comments"),
    "books/<uuid:pk>/plans/new/": ("POST plan-runs",),
    "books/<uuid:pk>/studies/new/": ("GET studies", "POST studies"),
    "mappings/": ("GET mappings",),
    "mappings/<uuid:pk>.toml": ("GET mappings/{mapping_id}.toml",),
    "connections/": ("GET connections",),
    "connections/new/<slug:vendor>/": ("POST connections",),
    "connections/<uuid:pk>/": ("GET connections/{connection_id}", "GET connections/{connection_id}/syncs"),
    "connections/<uuid:pk>/edit/": ("PUT connections/{connection_id}",),
    "connections/<uuid:pk>/syncs/": ("POST connections/{connection_id}/syncs",),
    "connections/<uuid:pk>/remove/": ("DELETE connections/{connection_id}",),
    "handoffs/<uuid:pk>/pushes/": ("GET handoffs/{handoff_id}/pushes", "POST handoffs/{handoff_id}/pushes"),
    "pushes/<uuid:pk>/": ("GET pushes/{push_id}",),
    "pushes/<uuid:pk>/progress/": ("GET pushes/{push_id}",),
    "pushes/<uuid:pk>/cancel/": ("POST pushes/{push_id}/cancel",),
    "pushes/<uuid:pk>/records.csv": ("GET pushes/{push_id}/records",),
    "syncs/<uuid:pk>/": ("GET syncs/{sync_id}",),
    "syncs/<uuid:pk>/progress/": ("GET syncs/{sync_id}",),
    "syncs/<uuid:pk>/cancel/": ("POST syncs/{sync_id}/cancel",),
    "sources/": ("GET sources",),
    "sources/<uuid:pk>/bring/": ("POST sources/{source_id}/books",),
    "plans/": ("GET plan-runs",),
    "plans/<uuid:pk>/": ("GET plan-runs/{run_id}", "GET plan-runs/{run_id}/tables/{table}"),
    "plans/<uuid:pk>/progress/": ("GET plan-runs/{run_id}",),
    "plans/<uuid:pk>/cancel/": ("POST plan-runs/{run_id}/cancel",),
    "plans/<uuid:pk>/share/": ("POST plan-runs/{run_id}/share",),
    "plans/<uuid:pk>/report.html": ("GET plan-runs/{run_id}/report.html",),
    "plans/<uuid:pk>/plan.zip": ("GET plan-runs/{run_id}/plan.zip",),
    "plans/<uuid:pk>/plan.xlsx": ("GET plan-runs/{run_id}/plan.xlsx",),
    "plans/<uuid:pk>/sheet/": ("POST plan-runs/{run_id}/sheet", "POST plan-runs/{run_id}/edits"),
    "plans/<uuid:pk>/<slug:table>.csv": ("GET plan-runs/{run_id}/tables/{table}",),
    "plans/<uuid:pk>/moves/": ("GET plan-runs/{run_id}/moves",),
    "plans/<uuid:pk>/comments/": ("GET plan-runs/{run_id}/comments", "POST plan-runs/{run_id}/comments"),
    "plans/<uuid:pk>/edit/": ("POST plan-runs/{run_id}/edits/preview", "POST plan-runs/{run_id}/edits"),
    "plans/<uuid:pk>/edit/accounts": ("GET plan-runs/{run_id}/tables/{table}",),
    "plans/<uuid:pk>/draft/": ("GET plan-runs/{run_id}/draft", "PUT plan-runs/{run_id}/draft"),
    "plans/<uuid:pk>/map/edit/": ("POST plan-runs/{run_id}/edits/preview", "POST plan-runs/{run_id}/edits"),
    "studies/<uuid:pk>/": ("GET studies/{study_id}", "GET studies/{study_id}/report.html"),
    "studies/<uuid:pk>/progress/": ("GET studies/{study_id}",),
    "studies/<uuid:pk>/cancel/": ("POST studies/{study_id}/cancel",),
    "studies/<uuid:pk>/plans/": ("POST studies/{study_id}/plans",),
    "compare/": ("GET compare",),
    "compare/different.csv": ("GET compare/different",),
    "comments/<uuid:pk>/": ("GET comments/{comment_id}", "PUT comments/{comment_id}"),
    "comments/<uuid:pk>/delete/": ("DELETE comments/{comment_id}",),
    "mentions/": ("GET mentions",),
    "handoffs/": ("GET handoffs",),
    "reviews/<uuid:pk>/handoff/": ("POST handoffs",),
    "handoffs/<uuid:pk>/": ("GET handoffs/{handoff_id}",),
    "handoffs/<uuid:pk>/progress/": ("GET handoffs/{handoff_id}",),
    "handoffs/<uuid:pk>/cancel/": ("POST handoffs/{handoff_id}/cancel",),
    "handoffs/<uuid:pk>/act/": ("POST handoffs/{handoff_id}/actions",),
    "handoffs/<uuid:pk>/messages/": ("GET handoffs/{handoff_id}/messages",),
    "handoffs/<uuid:pk>/messages/<int:number>/": ("GET handoffs/{handoff_id}/messages/{number}",),
    "handoffs/<uuid:pk>/messages/<int:number>/letter.<slug:form>": ("GET handoffs/{handoff_id}/messages/{number}",),
    "handoffs/<uuid:pk>/decide/": ("POST handoffs/{handoff_id}/verdicts",),
    "handoffs/<uuid:pk>/ledger/": ("GET handoffs/{handoff_id}/credit", "GET handoffs/{handoff_id}/tables/{table}"),
    "handoffs/<uuid:pk>/disputes/": ("POST handoffs/{handoff_id}/disputes",),
    "handoffs/<uuid:pk>/disputes/<uuid:dispute>/": ("POST handoffs/{handoff_id}/disputes/{dispute_id}",),
    "handoffs/<uuid:pk>/follow-up/": ("GET handoffs/{handoff_id}/follow-up",),
    "handoffs/<uuid:pk>/tasks/": ("GET handoffs/{handoff_id}/tables/{table}",),
    "handoffs/<uuid:pk>/<slug:table>.csv": ("GET handoffs/{handoff_id}/tables/{table}",),
    "letters/": ("GET letters",),
    "letters/<slug:name>/": ("GET letters/{name}", "PUT letters/{name}"),
    "letters/<slug:name>/preview/": ("POST letters/{name}/preview",),
    "people/": ("GET people", "GET invitations", "POST invitations"),
    "people/<uuid:pk>/": ("PUT people/{person_id}",),
    "tokens/": ("GET tokens", "POST tokens"),
    "tokens/<uuid:pk>/revoke/": ("DELETE tokens/{token_id}",),
    "policies/": ("GET policies",),
    "policies/propose/": ("POST policies",),
    "policies/titles/": ("PUT titles",),
    "policies/<uuid:pk>/": ("GET policies/{policy_id}",),
    "policies/<uuid:pk>/act/": (
        "POST policies/{policy_id}/signatures",
        "POST policies/{policy_id}/publish",
        "POST policies/{policy_id}/withdraw",
    ),
    "plans/<uuid:pk>/review/": ("POST reviews",),
    "plans/<uuid:pk>/exception/": ("POST policies",),
    "reviews/": ("GET reviews",),
    "reviews/<uuid:pk>/": ("GET reviews/{review_id}",),
    "reviews/<uuid:pk>/act/": ("POST reviews/{review_id}/actions",),
    "reviews/<uuid:pk>/revise/": ("POST reviews/{review_id}/plans", "PUT reviews/{review_id}/plan"),
    "year/": ("GET cycles",),
    "year/begin/": ("POST cycles",),
    "year.ics": ("GET cycles",),
    "year.csv": ("GET cycles",),
    "cycles/<uuid:pk>/": ("GET cycles/{cycle_id}",),
    "cycles/<uuid:pk>/act/": ("POST cycles/{cycle_id}/steps",),
    "cycles/<uuid:pk>/agenda.<slug:form>": ("GET cycles/{cycle_id}/agenda.pdf",),
    "cycles/<uuid:pk>/effect/": ("GET cycles/{cycle_id}/files/{name}",),
    "cycles/<uuid:pk>/files/<str:name>": ("GET cycles/{cycle_id}/files/{name}",),
    "alerts/": ("GET alerts",),
    "alerts/<uuid:pk>/snooze/": ("POST alerts/{alert_id}/snooze",),
    "notices/": ("GET notices",),
    "notices/read/": ("POST notices/read",),
    "delegations/": ("GET delegations", "POST delegations"),
    "delegations/<uuid:pk>/end/": ("DELETE delegations/{delegation_id}",),
    "audit/check/": ("GET audit/check",),
    "audit/": ("GET audit",),
    "audit.csv": ("GET audit",),
}
# What only a person at a screen does, and why.
ON_SCREEN = {
    "handoffs/<uuid:pk>/brief/": "a brief to read; its facts are rows of the book and of the handoff's tables",
    "handoffs/<uuid:pk>/timeline.ics": "a calendar to subscribe a person's own; programs read the tasks",
    "handoffs/<uuid:pk>/timeline.html": "a picture of the tasks",
    "books/<uuid:pk>/columns/": "a program sends the mapping with its files",
    "connections/<uuid:pk>/columns/": "a program gives the mapping to the command line",
    "uploads/<uuid:pk>/columns/": "a program sends the mapping with its files",
    "uploads/<uuid:pk>/preview/": "a program sends the mapping with its files",
    "sources/<uuid:pk>/remove/": "folders on the server are chosen by hand",
    "books/<uuid:pk>/map/": "a picture of the accounts",
    "books/<uuid:pk>/map/points": "a picture of the accounts",
    "books/<uuid:pk>/map/account": "a picture of the accounts",
    "plans/<uuid:pk>/map/": "a picture of the assignment",
    "plans/<uuid:pk>/map/points": "a picture of the assignment",
    "plans/<uuid:pk>/map/account": "a picture of the assignment",
    "plans/<uuid:pk>/charts/": "a picture of the tables",
    "health/live": "asked by machines already",
    "health/ready": "asked by machines already",
    "metrics": "asked by machines already",
    "sign-in/<str:secret>/": "a person comes in",
    "invitations/<str:secret>/": "a person comes in",
}


def pages() -> set[str]:
    found: set[str] = set()

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            else:
                found.add(route)

    walk(get_resolver().url_patterns, "")
    return {route for route in found if not route.startswith(("accounts/", "api/"))}


def operations() -> set[str]:
    from evenhand.web.api.router import api

    paths = api.get_openapi_schema()["paths"]
    found = {path.removeprefix("/api/v1/"): verbs for path, verbs in paths.items()}
    return {f"{verb.upper()} {path}" for path, verbs in found.items() for verb in verbs}


def test_every_page_has_its_operations_or_a_reason() -> None:
    assert pages() == set(DONE_BY) | set(ON_SCREEN)
    assert not set(DONE_BY) & set(ON_SCREEN)


def test_every_operation_does_what_some_page_does() -> None:
    named = {operation for done in DONE_BY.values() for operation in done}
    assert operations() == named | {"GET me"}
