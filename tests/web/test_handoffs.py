"""A handoff in the workspace: prepared, talked about, released; nobody reads what they weren't told."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def post(client: Any, path: str, **said: str) -> str:
    """Send a form and return what is said about it."""
    answer = client.post(path, said, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return " ".join(str(message) for message in answer.context["messages"])


def own_seat(handoff: Any, people: dict[str, Any], name: str) -> str:
    """Make someone of the cast the rep of a seat that loses accounts, and return it."""
    from evenhand.adapters.store.models import User

    row = next(row for row in handoff.summary["losing"] if row["rep_id"])
    User.objects.filter(rep_id=row["rep_id"]).update(rep_id="")
    User.objects.filter(pk=people[name].pk).update(rep_id=row["rep_id"])
    people[name].refresh_from_db()
    return str(row["territory_id"])


def message_of(handoff: Any, kind: str, territory: str) -> Any:
    return handoff.messages.get(kind=kind, territory_id=territory)


def test_a_handoff_is_prepared_in_the_background_and_sends_nothing(
    sign_in: Callable[[str], Any], published: Any, people: dict[str, Any], letterbox: Any
) -> None:
    from evenhand.adapters.store.models import AuditEvent, Handoff
    from evenhand.wiring.handing_over import prepare_round
    from evenhand.wiring.posting import send_due

    client = sign_in("revops")
    assert published.run.title in client.get("/handoffs/").content.decode()
    for name in ("leader", "manager", "rep", "stranger"):
        assert sign_in(name).post(f"/reviews/{published.pk}/handoff/").status_code == 404
    assert "is past" in post(client, f"/reviews/{published.pk}/handoff/", starts_on="2020-01-01")
    answer = client.post(f"/reviews/{published.pk}/handoff/")
    job = Handoff.objects.get()
    assert answer.url == f"/handoffs/{job.pk}/"
    assert "Waiting for the worker" in client.get(answer.url).content.decode()
    assert "being prepared already" in post(client, f"/reviews/{published.pk}/handoff/")
    prepare_round(str(job.pk))
    job.refresh_from_db()
    assert job.is_ready, job.problem
    page = client.get(answer.url).content.decode()
    assert "Nothing has been released." in page
    assert job.summary["losing"][0]["rep"] in page
    kinds = list(job.messages.values_list("kind", flat=True))
    assert kinds == sorted(kinds, key=["manager", "losing", "gaining"].index)
    assert send_due(dt.datetime.now(dt.UTC) + dt.timedelta(days=30)) == 0
    assert not letterbox.letters
    assert AuditEvent.objects.filter(action="handoff.asked").count() == 1


def test_only_a_published_plan_is_handed_over_and_as_it_was_published(
    sign_in: Callable[[str], Any], published: Any
) -> None:
    from evenhand.adapters.store.models import Handoff, Review
    from evenhand.wiring.handing_over import prepare_round

    client = sign_in("revops")
    Review.objects.filter(pk=published.pk).update(stage="approved")
    assert "not published" in post(client, f"/reviews/{published.pk}/handoff/")
    Review.objects.filter(pk=published.pk).update(stage="published", approved_hash="another")
    client.post(f"/reviews/{published.pk}/handoff/")
    job = Handoff.objects.get()
    prepare_round(str(job.pk))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "changed since it was published" in client.get(f"/handoffs/{job.pk}/").content.decode()


def test_conversations_come_first_and_an_override_needs_a_reason(
    sign_in: Callable[[str], Any], handoff: Any, people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import AuditEvent

    path, act = f"/handoffs/{handoff.pk}/", f"/handoffs/{handoff.pk}/act/"
    revops, leader = sign_in("revops"), sign_in("leader")
    gaining = handoff.messages.filter(kind="gaining").first()
    page = revops.get(f"{path}messages/{gaining.number}/").content.decode()
    assert "released" in page
    assert "isn&#x27;t yours" in leader.post(act, {"action": "release"}, follow=True).content.decode()
    assert "Released" in post(revops, act, action="release")
    held = revops.get(f"{path}messages/{gaining.number}/").content.decode()
    assert "Held until the conversation with" in held
    assert "Say why" in post(leader, act, action="override", subject=gaining.key, reason="  ")
    assert sign_in("viewer").post(act, {"action": "override", "subject": gaining.key}).status_code == 404
    assert "before its conversations" in post(leader, act, action="override", subject=gaining.key, reason="They know.")
    gaining.refresh_from_db()
    assert (gaining.excuse, gaining.excused_by) == ("They know.", people["leader"])
    assert AuditEvent.objects.get(action="handoff.override").detail["reason"] == "They know."
    seat = next(row for row in handoff.summary["losing"] if row["rep_id"])["territory_id"]
    tomorrow = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)).isoformat()
    said = {"action": "log conversation", "subject": seat}
    assert "once it was held" in post(revops, act, **said, held_on=tomorrow, how="call")
    assert "Say how" in post(revops, act, **said, held_on="2026-01-05", how="mail")
    assert "no date" in post(revops, act, **said, held_on="yesterday", how="call")
    assert "Logged." in post(revops, act, **said, held_on="2026-01-05", how="call", note="Took it well.")
    assert "logged already" in post(revops, act, **said, held_on="2026-01-05", how="call")
    assert "Took it well." in revops.get(path).content.decode()
    assert "Taken back" in post(revops, act, action="take conversation back", subject=seat)
    assert handoff.talks.count() == 1
    assert handoff.talks.get().taken_back_by == people["revops"]


def test_nobody_reads_what_they_were_not_told(
    sign_in: Callable[[str], Any], handoff: Any, people: dict[str, Any], posts: dict[str, str]
) -> None:
    path, act = f"/handoffs/{handoff.pk}/", f"/handoffs/{handoff.pk}/act/"
    seat = own_seat(handoff, people, "rep")
    mine = message_of(handoff, "losing", seat)
    everyone = ("manager", "other_manager", "rep", "stranger", "viewer")
    for name in everyone:
        assert sign_in(name).get(path).status_code == 404, name
        assert "There is no handoff that concerns you" in sign_in(name).get("/handoffs/").content.decode()
    post(sign_in("revops"), act, action="release")
    team = set(handoff.review.cast["teams"][posts["manager"]])
    manager = sign_in("manager")
    for message in handoff.messages.all():
        mine_to_read = message.territory_id in team or message.to_id == posts["manager"]
        status = manager.get(f"{path}messages/{message.number}/").status_code
        assert status == (200 if mine_to_read else 404), message.key
    for name in ("rep", "stranger", "viewer"):
        assert sign_in(name).get(path).status_code == 404, name
    post(
        sign_in("revops"), act, action="log conversation", subject=seat, held_on="2026-01-05", how="in person"
    )  # fmt: skip
    rep = sign_in("rep")
    assert rep.get(path).status_code == 200
    for message in handoff.messages.all():
        status = rep.get(f"{path}messages/{message.number}/").status_code
        assert status == (200 if message.pk == mine.pk else 404), message.key
    other = handoff.messages.exclude(pk=mine.pk).first()
    for form in ("html", "pdf", "txt", "mail", "ics"):
        got = rep.get(f"{path}messages/{mine.number}/letter.{form}")
        assert got.status_code == 200, form
        got.close()
        assert rep.get(f"{path}messages/{other.number}/letter.{form}").status_code == 404
    from evenhand.web.reading import find_plan

    moves = find_plan(handoff.run).moves.to_dicts()
    own = {row["account_id"] for row in moves if row["from_territory_id"] == seat}
    for row in moves:
        status = rep.get(f"{path}brief/", {"account": row["account_id"]}).status_code
        assert status == (200 if row["account_id"] in own else 404)
    for table in ("ledger", "tasks"):
        rows = rep.get(f"{path}{table}.csv").content.decode().splitlines()[1:]
        assert all(any(account in row for account in own) or seat in row for row in rows)
    assert rep.get(f"{path}changes.csv").status_code == 404
    assert rep.get(f"{path}timeline.ics").status_code == 200
    assert "Accounts and their days" in rep.get(path).content.decode()
    for page in ("messages/", "ledger/", "tasks/", "follow-up/"):
        assert rep.get(path + page).status_code == 200, page
        assert sign_in("stranger").get(path + page).status_code == 404, page
    for action in ("release", "override", "withdraw", "stop"):
        said = post(rep, act, action=action, subject=mine.key, reason="I want to.")
        assert "yours to" in said
    other_seat = next(r["territory_id"] for r in handoff.summary["losing"] if r["territory_id"] not in (seat, *team))
    said = post(manager, act, action="log conversation", subject=other_seat, held_on="2026-01-05", how="call")
    assert "yours to" in said


def test_another_round_stops_the_one_before_and_keeps_what_was_said(
    sign_in: Callable[[str], Any], handoff: Any, prepare: Callable[..., Any], letterbox: Any
) -> None:
    from evenhand.wiring.posting import send_due

    act = f"/handoffs/{handoff.pk}/act/"
    revops = sign_in("revops")
    post(revops, act, action="release")
    seat = next(row for row in handoff.summary["losing"] if row["rep_id"])["territory_id"]
    post(revops, act, action="log conversation", subject=seat, held_on="2026-01-05", how="call")
    later = work_day(handoff.summary["told_on"])
    n_sent = send_due(later)
    assert n_sent == len(letterbox.letters) > 1
    again = prepare(starts_on=handoff.starts_on)
    handoff.refresh_from_db()
    assert (again.number, again.before, handoff.is_released) == (2, handoff, False)
    assert [talk.territory_id for talk in again.talks.all()] == [seat]
    standing = dict(again.messages.values_list("key", "standing"))
    for message in handoff.messages.all():
        assert standing[message.key] == ("nothing new" if message.standing == "sent" else "planned")
    assert "prepared anew" in post(revops, act, action="release")
    post(revops, f"/handoffs/{again.pk}/act/", action="release")
    assert send_due(later) == 0
    moved = prepare(starts_on=handoff.starts_on + dt.timedelta(days=14))
    post(revops, f"/handoffs/{moved.pk}/act/", action="release")
    before = len(letterbox.letters)
    n_again = send_due(work_day(moved.summary["told_on"]))
    updates = letterbox.letters[before:]
    assert len(updates) == n_again == n_sent
    calendars = [calendar_of(letter) for _, letter in updates]
    assert any("SEQUENCE:1" in calendar for calendar in calendars)


def work_day(text: str) -> dt.datetime:
    """Return an hour at which mail goes on the first working day from a day on."""
    day = dt.date.fromisoformat(text)
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(10), dt.UTC)


def calendar_of(letter: Any) -> str:
    for part in letter.walk():
        if part.get_content_type() == "text/calendar":
            return str(part.get_content())
    return ""


@pytest.fixture
def newer(handoff: Any, firm: Any, people: dict[str, Any], shelf_folder: Any) -> dict[str, Any]:
    """Return a book of months later: one account was worked, and a deal of it was won soon after its transfer."""
    import shutil

    import polars as pl
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evenhand.adapters.store.models import Book
    from evenhand.handoff.ledger import LEDGER_SCHEMA
    from evenhand.web.reading import find_plan
    from evenhand.web.requesting import BookWish, ask_book
    from evenhand.wiring.admitting import admit_upload

    # The plan of this firm moves no open deal: its handoff gets one, in a folder of its own.
    told = handoff.messages.filter(kind="gaining").first()
    moves = find_plan(handoff.run).moves
    worked = moves.filter(pl.col("to_territory_id") == told.territory_id).to_dicts()[0]
    transfers_on = dt.date.fromisoformat(handoff.summary["latest_on"])
    former = next(
        row["rep_id"] for row in handoff.summary["losing"] if row["territory_id"] == worked["from_territory_id"]
    )
    deal = {
        "opportunity_id": "O-of-the-handoff", "account_id": worked["account_id"], "stage_number": 1,
        "rule": "early stage", "owner_until": transfers_on - dt.timedelta(days=1), "transfers_on": transfers_on,
        "credit_from": former, "credit_to": told.to_id, "credit_share_from": 0.5, "credit_share_to": 0.5,
        "credit_until": transfers_on + dt.timedelta(days=60), "type": "new", "amount_cents": 1_000_001,
        "from_territory_id": worked["from_territory_id"], "to_territory_id": told.territory_id,
        "introduction": "warm introduction", "why": "transfers with the introduction",
    }  # fmt: skip
    own = shelf_folder / "handoffs" / "with-a-deal"
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(shelf_folder / "handoffs" / handoff.folder, own)
    pl.DataFrame([dict.fromkeys(LEDGER_SCHEMA) | deal], schema=LEDGER_SCHEMA).write_csv(own / "ledger.csv")
    handoff.folder = own.name
    handoff.save()
    later = transfers_on + dt.timedelta(days=65)
    won = {
        "opportunity_id": deal["opportunity_id"], "account_id": worked["account_id"], "type": "new", "stage": "Won",
        "stage_number": "6", "amount": "10000.01", "created_on": (transfers_on - dt.timedelta(days=90)).isoformat(),
        "closed_on": (transfers_on + dt.timedelta(days=3)).isoformat(), "is_closed": "true", "is_won": "true",
    }  # fmt: skip
    active = {"account_id": worked["account_id"], "happened_on": (later - dt.timedelta(days=9)).isoformat()}
    moved = dict(moves.select("account_id", "to_territory_id").iter_rows())
    files = []
    for path in sorted(firm.glob("*.csv")):
        table = pl.read_csv(path, infer_schema=False)
        added = {"opportunities": won, "activities": active}.get(path.stem)
        if added is not None:
            table = pl.concat([table, pl.DataFrame([dict.fromkeys(table.columns) | added], schema=table.schema)])
        if path.stem == "accounts":
            table = table.with_columns(
                territory_id=pl.col("account_id").replace_strict(moved, default=pl.col("territory_id"))
            )
        files.append(SimpleUploadedFile(path.name, table.write_csv().encode()))
    asked = ask_book(people["revops"], BookWish(name="Later", files=files, currency="USD", as_of=later))
    admit_upload(str(asked.pk))
    book = Book.objects.get(pk=asked.pk)
    assert book.is_ready, book.problem
    return {"book": book, "deal": deal, "worked": worked["account_id"]}


def test_what_became_of_the_accounts_is_looked_up_once_told_and_its_credit_disputed(
    handoff: Any, newer: dict[str, Any], sign_in: Callable[[str], Any], people: dict[str, Any], letterbox: Any
) -> None:
    from evenhand.adapters.store.models import FollowUp, FollowUpTask, Notice, User
    from evenhand.wiring.following_up import do_rounds
    from evenhand.wiring.posting import send_due

    deal, path = newer["deal"], f"/handoffs/{handoff.pk}/"
    assert do_rounds() == 0  # it isn't under way
    handoff.is_released, handoff.released_at = True, dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    handoff.save()
    assert do_rounds() == len(handoff.summary["follow_up_days"]) == 2
    assert do_rounds() == 0
    counts = FollowUp.objects.get(after_days=60).counts
    assert sum(counts.values()) == handoff.summary["n_accounts"]
    assert counts["worked"] >= 1
    tasks = FollowUpTask.objects.filter(done_at=None)
    assert tasks.count() == sum(counts.get(state, 0) for state in ("late", "dropped", "not moved")) > 0
    assert not tasks.filter(account_id=newer["worked"]).exists()
    assert Notice.objects.filter(user=people["leader"], words__contains="60 days after the handoff").count() == 1
    digests = handoff.messages.filter(kind="follow-up")
    assert digests.count() == 2 * digests.filter(key__contains="/60").count() > 0
    handoff.messages.exclude(kind="follow-up").update(standing="withdrawn")
    assert send_due(work_day("2999-01-01")) == digests.count()
    assert "days after the handoff" in letterbox.letters[0][1]["subject"]
    page = sign_in("revops").get(path + "follow-up/").content.decode()
    assert "Pipeline is building in" in page
    assert newer["worked"] in page or "worked" in page

    User.objects.filter(rep_id=deal["credit_to"]).update(rep_id="")
    User.objects.filter(pk=people["rep"].pk).update(rep_id=deal["credit_to"])
    handoff.messages.filter(to_id=deal["credit_to"], territory_id=deal["to_territory_id"]).update(standing="sent")
    rep, revops = sign_in("rep"), sign_in("revops")
    page = rep.get(path + "ledger/").content.decode()
    assert deal["opportunity_id"] in page
    assert "won soon after its transfer" in page
    assert "Dispute it" in page
    said = {"opportunity_id": deal["opportunity_id"], "reason": "I did all of it."}
    assert "Say what is wrong" in post(rep, path + "disputes/", **{**said, "reason": " "})
    assert "is with your manager" in post(rep, path + "disputes/", **said)
    assert "already" in post(rep, path + "disputes/", **said)
    assert "Only the two reps" in post(revops, path + "disputes/", **said)
    dispute = handoff.disputes.get()
    decide = f"{path}disputes/{dispute.pk}/"
    assert "yours to decide" in post(rep, decide, answer="Mine.", share_from="0")
    assert "from 0 to 100" in post(revops, decide, answer="", share_from="150")
    assert "Decided" in post(revops, decide, answer="You closed it alone.", share_from="0")
    page = rep.get(path + "ledger/").content.decode()
    assert "You closed it alone." in page
    assert "as it was decided" in page
    assert "decided already" in post(revops, decide, answer="Again.", share_from="50")
    from evenhand.adapters.store.doors_of_handoffs import read_scope
    from evenhand.web.crediting import list_credit

    handoff.refresh_from_db()
    credit = list_credit(handoff, read_scope(people["revops"], handoff, frozenset()))
    of_deal = credit.filter(credit["opportunity_id"] == deal["opportunity_id"]).to_dicts()
    assert [(row["rep_id"], row["share"]) for row in of_deal] == [(deal["credit_to"], 1.0)]
    assert of_deal[0]["credit_cents"] == int(deal["amount_cents"])


def test_a_worker_that_dies_leaves_the_job_to_the_next_and_a_restored_workspace_sends_nothing(
    published: Any, people: dict[str, Any], handoff: Any
) -> None:
    from django.utils import timezone

    from evenhand.adapters.store import handoffs, jobs
    from evenhand.adapters.store.models import AuditEvent, Handoff
    from evenhand.web.handing import ask_handoff
    from evenhand.wiring.handing_over import prepare_round
    from evenhand.wiring.tasks import enqueue

    asked = ask_handoff(people["revops"], published)
    jobs.take_up(Handoff, asked.pk, "one that dies")
    long_ago = timezone.now() - dt.timedelta(minutes=9)
    Handoff.objects.filter(pk=asked.pk).update(heartbeat_at=long_ago)
    assert jobs.sweep(enqueue, stale_seconds=30) == 1
    prepare_round(str(asked.pk))
    asked.refresh_from_db()
    assert (asked.is_ready, asked.attempt) == (True, 2)
    Handoff.objects.filter(pk=asked.pk).update(is_released=True)
    assert handoffs.stop_all("restored") == 1
    asked.refresh_from_db()
    assert not asked.is_released
    assert AuditEvent.objects.filter(action="handoff.stop", subject_id=str(asked.pk)).exists()
