"""Reviews of the year: begun, prepared, decided, reminded of, measured; alerts once; nobody sees what isn't theirs."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
"""The day after the firm's book."""
DUE = dt.date(2026, 10, 12)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Return a function that sets the workspace's clock; it begins on `NOW`."""
    from django.utils import timezone

    def set_to(now: dt.datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now)

    set_to(NOW)
    return set_to


@pytest.fixture
def cycle(book: Any, people: dict[str, Any], clock: Any) -> Any:
    """Return a review that has its agenda."""
    from evenhand.adapters.store.cycles import begin
    from evenhand.adapters.store.models import Cycle
    from evenhand.wiring.cycling import do_rounds

    asked = begin(people["revops"], DUE, None, NOW.date())
    do_rounds(NOW)
    return Cycle.objects.get(pk=asked.pk)


def actions() -> list[str]:
    from evenhand.adapters.store.models import AuditEvent

    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_the_rhythm_begins_with_a_day_and_the_agenda_follows(sign_in: Any, book: Any, clock: Any) -> None:
    from evenhand.adapters.store.models import Cycle
    from evenhand.wiring.cycling import do_rounds

    leader = sign_in("leader")
    assert "Begin the rhythm" in leader.get("/year/").content.decode()
    said = leader.post("/year/begin/", {"due_on": str(DUE)})
    row = Cycle.objects.get()
    assert said["Location"] == f"/cycles/{row.pk}/"
    assert "waits for a book" in leader.get(said["Location"]).content.decode()
    do_rounds(NOW)
    page = leader.get(said["Location"]).content.decode()
    assert "Record the decision" in page
    assert "minutes" in page
    assert leader.get(f"/cycles/{row.pk}/agenda.pdf").content[:4] == b"%PDF"
    assert "To decide" in leader.get(f"/cycles/{row.pk}/agenda.html").content.decode()
    assert {"cycle.planned", "cycle.prepare"} <= set(actions())
    # A second round with the same book changes nothing.
    n = len(actions())
    do_rounds(NOW)
    assert len(actions()) == n


def test_a_past_day_and_a_second_rhythm_are_refused(sign_in: Any, cycle: Any) -> None:
    from evenhand.adapters.store.models import Cycle

    leader = sign_in("leader")
    for day in ("2026-09-01", "never", str(DUE)):
        leader.post("/year/begin/", {"due_on": day})
    assert Cycle.objects.count() == 1


def test_no_change_is_recorded_with_its_reason_and_the_next_day_is_set_and_told(
    sign_in: Any, cycle: Any, people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import Cycle, Notice

    leader = sign_in("leader")
    refused = leader.post(f"/cycles/{cycle.pk}/act/", {"step": "no change", "reason": " "}, follow=True)
    assert "The reason is missing" in refused.content.decode()
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "no change", "reason": "Two moves would do nothing."})
    cycle.refresh_from_db()
    assert (cycle.stage, cycle.decision, cycle.decided_by) == ("closed", "no change", people["leader"])
    following = Cycle.objects.exclude(pk=cycle.pk).get()
    assert following.due_on == dt.date(2027, 1, 12)
    told = Notice.objects.filter(words__contains="12 January 2027")
    assert {notice.user.email.partition("@")[0] for notice in told} >= {"revops", "manager", "rep"}
    assert {notice.path for notice in told.filter(user=people["rep"])} == {"/year/"}
    assert "Two moves would do nothing" in leader.get("/year/").content.decode()
    assert "Two moves would do nothing" in leader.get("/year.csv").content.decode()
    again = leader.post(f"/cycles/{cycle.pk}/act/", {"step": "plan", "reason": "After all."}, follow=True)
    assert "can&#x27;t be taken on" in again.content.decode()
    assert actions().count("cycle.no_change") == 1


def test_a_plan_is_named_measured_with_a_newer_book_and_each_figure_opens_its_evidence(
    sign_in: Any, cycle: Any, run: Any, people: dict[str, Any], firm: Any, shelf_folder: Any
) -> None:
    from evenhand.adapters.store.models import Book, Cycle
    from evenhand.app.admit import admit_source
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.cycling import measure_cycles

    leader = sign_in("leader")
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "plan", "reason": "Two seats are out of balance."})
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "name the plan", "plan": str(run.pk)})
    assert "measured with the next book" in leader.get(f"/cycles/{cycle.pk}/").content.decode()
    assert measure_cycles() == 0, "there is no newer book yet"
    later = admit_source(connect_outside(), firm, to=None, as_of=dt.date(2026, 12, 31), currency="USD").book
    assert later is not None
    target = shelf_folder / "books" / later.content_hash
    if not target.exists():
        connect_outside().write_book(later, target, sources=(), findings=())
    Book.objects.create(
        name="Q1", source="made", state="done", as_of=later.as_of, currency="USD", content_hash=later.content_hash,
        created_by=people["revops"],
    )  # fmt: skip
    assert measure_cycles() == 1
    assert measure_cycles() == 0, "once with each book"
    cycle = Cycle.objects.get(pk=cycle.pk)
    assert cycle.outcome["n_moved"] == run.summary["n_moves"]
    assert cycle.outcome["moved_share"] == 0.0, "nobody carried it out"
    effect = leader.get(f"/cycles/{cycle.pk}/effect/").content.decode()
    for place in ("kept", "accounts", "effect", "balance", "quotas"):
        assert f'id="{place}"' in effect
    year = leader.get("/year/").content.decode()
    assert f"/cycles/{cycle.pk}/effect/#kept" in year
    files = f"/cycles/{cycle.pk}/files"
    told = json.loads(b"".join(leader.get(f"{files}/outcome.json").streaming_content))
    assert told["states"] == {"not moved": run.summary["n_moves"]}
    assert b"".join(leader.get(f"{files}/summary.pdf").streaming_content)[:4] == b"%PDF"
    assert b"".join(leader.get(f"{files}/kept.csv").streaming_content).startswith(b"account_id,")
    for outside in ("..%2Fpolicy.toml", "secrets.csv", "report.css"):
        assert leader.get(f"{files}/{outside}").status_code == 404
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "close", "reason": "Given up."})
    cycle.refresh_from_db()
    assert (cycle.stage, cycle.closing) == ("closed", "Given up.")


def test_a_review_is_postponed_with_a_reason(sign_in: Any, cycle: Any) -> None:
    leader = sign_in("leader")
    for said in ({"due_on": "2026-10-19"}, {"due_on": "2026-01-01", "reason": "x"}, {"due_on": "x", "reason": "x"}):
        leader.post(f"/cycles/{cycle.pk}/act/", {"step": "postpone", **said})
    cycle.refresh_from_db()
    assert cycle.due_on == DUE
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "postpone", "due_on": "2026-10-19", "reason": "The fair."})
    cycle.refresh_from_db()
    assert cycle.due_on == dt.date(2026, 10, 19)
    assert "Monday 19 October 2026" in leader.get("/year/").content.decode()
    calendar = sign_in("rep").get("/year.ics").content.decode()
    assert "DTSTART;VALUE=DATE:20261019" in calendar
    assert calendar.count("BEGIN:VEVENT") == 4
    assert calendar.count("STATUS:TENTATIVE") == 3


def test_people_are_reminded_once_of_each_reminder(cycle: Any, mailoutbox: Any, clock: Any) -> None:
    from evenhand.adapters.store.models import Notice
    from evenhand.wiring.cycling import do_rounds

    words = "The review 2026 Q4 is"
    first = Notice.objects.filter(words__startswith=words).count()
    for day in (1, 2, 9, 9, 12, 12, 13):
        do_rounds(dt.datetime(2026, 10, day, 10, tzinfo=dt.UTC))
    told = Notice.objects.filter(words__startswith=words, user__role="leader").order_by("id")
    assert first > 0, "14 days before had passed when the rhythm began"
    assert [notice.words.partition(", on")[0] for notice in told] == [
        "The review 2026 Q4 is in 11 days", "The review 2026 Q4 is in 3 days", "The review 2026 Q4 is today",
    ]  # fmt: skip
    assert all(notice.is_urgent for notice in told)


def test_a_saved_source_is_brought_in_once_before_the_review(
    people: dict[str, Any], firm: Any, settings: Any, db: None
) -> None:
    from evenhand.adapters.store.cycles import begin
    from evenhand.adapters.store.models import Book, SavedSource
    from evenhand.wiring.cycling import do_rounds

    settings.EVENHAND_SOURCES = [firm.parent]
    source = SavedSource.objects.create(name="CRM", server_path=str(firm), currency="USD", created_by=people["revops"])
    begin(people["revops"], DUE, source, NOW.date())
    for day in (5, 9, 9, 10):
        do_rounds(dt.datetime(2026, 10, day, tzinfo=dt.UTC))
        assert Book.objects.count() == (0 if day < 9 else 1)
    book = Book.objects.get()
    assert (book.source, book.state) == ("CRM", "waiting")
    from evenhand.adapters.store.models import Cycle

    assert Cycle.objects.get().fetched == book


def test_a_source_that_is_no_longer_allowed_is_not_read(people: dict[str, Any], firm: Any, settings: Any) -> None:
    from evenhand.adapters.store.cycles import begin
    from evenhand.adapters.store.models import Book, SavedSource
    from evenhand.wiring.cycling import do_rounds

    settings.EVENHAND_SOURCES = []
    source = SavedSource.objects.create(name="CRM", server_path=str(firm), created_by=people["revops"])
    begin(people["revops"], DUE, source, NOW.date())
    do_rounds(dt.datetime(2026, 10, 12, tzinfo=dt.UTC))
    assert not Book.objects.exists()


def test_a_book_alarms_once_and_a_snooze_holds(sign_in: Any, cycle: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import Book, Notice, WatchAlert, WatchedBook
    from evenhand.wiring.cycling import do_rounds

    book = Book.objects.get()
    n_alerts = WatchAlert.objects.count()
    assert n_alerts > 0
    assert WatchedBook.objects.get().n_alarms == n_alerts
    told = Notice.objects.filter(path="/alerts/").count()
    # The same content in another book: nobody hears of it again.
    names = ("name", "source", "state", "as_of", "currency", "content_hash", "policy_hash", "summary")
    Book.objects.create(**{name: getattr(book, name) for name in names}, created_by=people["revops"])
    do_rounds(NOW)
    assert WatchedBook.objects.count() == 2
    assert WatchAlert.objects.count() == n_alerts
    assert Notice.objects.filter(path="/alerts/").count() == told
    alert = WatchAlert.objects.first()
    leader = sign_in("leader")
    assert alert.message in leader.get("/alerts/").content.decode().replace("&#x27;", "'")
    for said in ({"until": "2026-11-01"}, {"until": "2026-09-01", "reason": "x"}, {"until": "?", "reason": "x"}):
        leader.post(f"/alerts/{alert.pk}/snooze/", said)
    alert.refresh_from_db()
    assert alert.state == "open"
    leader.post(f"/alerts/{alert.pk}/snooze/", {"until": "2026-11-01", "reason": "After the fair."})
    alert.refresh_from_db()
    assert (alert.state, alert.reason, alert.snoozed_by) == ("snoozed", "After the fair.", people["leader"])
    assert "After the fair." in leader.get("/alerts/").content.decode()
    assert "alert.snooze" in actions()


def test_managers_see_alerts_of_their_team_alone_and_reps_none(sign_in: Any, cycle: Any, book: Any) -> None:
    from evenhand.adapters.store.models import User, WatchAlert
    from evenhand.web.views_of_team import visible_territories

    manager = User.objects.get(email="manager@firm.example")
    team = visible_territories(manager, book)
    WatchAlert.objects.all().update(subject_ids=["T-elsewhere"])
    alert = WatchAlert.objects.first()
    page = sign_in("manager").get("/alerts/").content.decode()
    assert "T-elsewhere" not in page
    WatchAlert.objects.filter(pk=alert.pk).update(subject_ids=[min(team)])
    page = sign_in("manager").get("/alerts/").content.decode()
    assert min(team) in page
    assert alert.message not in page, "whose figures stand beside the team's is not the manager's business"
    assert "Snooze" not in page
    assert sign_in("rep").get("/alerts/").status_code == 404


def test_others_learn_the_days_and_nothing_else(sign_in: Any, cycle: Any) -> None:
    sign_in("leader").post(f"/cycles/{cycle.pk}/act/", {"step": "no change", "reason": "A secret of the board."})
    for name in ("manager", "rep", "viewer", "stranger"):
        page = sign_in(name).get("/year/").content.decode()
        assert "12 January 2027" in page
        assert "secret of the board" not in page
        assert sign_in(name).get(f"/cycles/{cycle.pk}/").status_code == 404
        assert sign_in(name).get("/year.csv").status_code == 404
    assert sign_in("nobody").get("/year/").status_code == 302


@pytest.fixture
def call(client: Any, people: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that calls the API as somebody of the cast."""
    from evenhand.adapters.store.secrets import make_token

    def send(verb: str, path: str, body: Any = None, who: str = "leader") -> Any:
        _, secret = make_token(people[who], "test", ["read", "write"])
        said = b"" if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {secret}"}
        return client.generic(verb, f"/api/v1/{path}", said, content_type="application/json", headers=headers)

    return send


def test_the_year_by_the_api(call: Any, book: Any, clock: Any) -> None:
    from evenhand.wiring.cycling import do_rounds

    made = call("POST", "cycles", {"due_on": str(DUE)})
    assert made.status_code == 201
    do_rounds(NOW)
    one = call("GET", f"cycles/{made.json()['id']}").json()
    assert one["stage"] == "prepared"
    assert one["agenda"]["minutes"] in {15, 75}
    assert call("GET", f"cycles/{one['id']}/agenda.pdf").content[:4] == b"%PDF"
    wrong = call("POST", f"cycles/{one['id']}/steps", {"step": "dance", "reason": "x"})
    assert wrong.status_code == 422
    assert call("POST", f"cycles/{one['id']}/steps", {"step": "postpone", "reason": "x"}).status_code == 422
    assert call("POST", f"cycles/{one['id']}/steps", {"step": "close", "reason": "x"}).status_code == 409
    decided = call("POST", f"cycles/{one['id']}/steps", {"step": "no change", "reason": "Quiet."}).json()
    assert (decided["stage"], decided["decision"]) == ("closed", "no change")
    year = call("GET", "cycles").json()
    assert [row["name"] for row in year["items"]] == ["2027 Q1", "2026 Q4"]
    assert year["days"][0] == {"on": "2027-01-12", "name": "Review of January 2027", "is_sure": True}
    rep = call("GET", "cycles", who="rep").json()
    assert [(row["due_on"], row["decision"], row["id"]) for row in rep["items"]][1] == (str(DUE), "", None)
    alerts = call("GET", "alerts?state=open").json()
    assert alerts["count"] > 0
    body = {"until": "2026-12-01", "reason": "After the fair."}
    assert call("POST", f"alerts/{alerts['items'][0]['id']}/snooze", body).json()["state"] == "snoozed"
    assert call("GET", "alerts", who="rep").status_code == 404
    assert call("POST", f"alerts/{alerts['items'][0]['id']}/snooze", body, who="manager").status_code == 404


def test_an_old_book_is_taken_only_by_somebody(sign_in: Any, book: Any, people: dict[str, Any], clock: Any) -> None:
    from evenhand.adapters.store.cycles import begin
    from evenhand.adapters.store.models import AuditEvent
    from evenhand.wiring.cycling import do_rounds

    cycle = begin(people["revops"], dt.date(2027, 1, 4), None, NOW.date())
    do_rounds(NOW)
    cycle.refresh_from_db()
    assert cycle.book is None, "the book is three months older than the review"
    leader = sign_in("leader")
    assert "Take the newest book" in leader.get(f"/cycles/{cycle.pk}/").content.decode()
    leader.post(f"/cycles/{cycle.pk}/act/", {"step": "prepare"})
    cycle.refresh_from_db()
    assert cycle.book == book
    assert AuditEvent.objects.get(action="cycle.prepare").actor == people["leader"]
    again = leader.post(f"/cycles/{cycle.pk}/act/", {"step": "prepare"}, follow=True).content.decode()
    assert "none newer" in again
