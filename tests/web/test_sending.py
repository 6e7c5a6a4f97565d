"""Letters over real SMTP: each goes once, however often the worker dies; what can't be known is said, not guessed."""

import datetime as dt
import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WEDNESDAY = dt.datetime(2026, 10, 7, 10, tzinfo=dt.UTC)


@pytest.fixture
def outbox(handoff: Any, letterbox: Any) -> Any:
    """Return a released handoff with all conversations logged, whose messages are due on a Wednesday."""
    handoff.messages.update(send_on=WEDNESDAY.date())
    handoff.is_released, handoff.released_at = True, WEDNESDAY
    handoff.save()
    for row in handoff.summary["losing"]:
        if row["rep_id"]:
            handoff.talks.create(
                territory_id=row["territory_id"], rep_id=row["rep_id"], held_on=WEDNESDAY, how="call",
                logged_by=handoff.created_by,
            )  # fmt: skip
    return handoff


def standings(handoff: Any) -> Counter[str]:
    return Counter(handoff.messages.values_list("standing", flat=True))


@pytest.mark.django_db
def test_letters_go_in_order_with_text_page_and_appointments(outbox: Any, letterbox: Any) -> None:
    from evenhand.wiring.posting import send_due

    messages = list(outbox.messages.all())
    assert send_due(WEDNESDAY) == len(messages) == len(letterbox.letters)
    assert send_due(WEDNESDAY + dt.timedelta(hours=1)) == 0
    assert standings(outbox) == {"sent": len(messages)}
    assert [letter["Message-ID"] for _, letter in letterbox.letters] == [one.message_id for one in messages]
    (to,), letter = next(found for found in letterbox.letters if " leave " in found[1]["subject"])
    losing = outbox.messages.get(message_id=letter["Message-ID"])
    assert to == losing.email
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    calendar = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    from icalendar import Calendar

    events = Calendar.from_ical(calendar.get_content()).walk("VEVENT")
    assert events
    assert all(f"mailto:{to}" in str(event["attendee"]) for event in events)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "at",
    [WEDNESDAY.replace(hour=22), WEDNESDAY.replace(hour=4), WEDNESDAY.replace(day=10), WEDNESDAY.replace(day=6)],
    ids=["late", "early", "Saturday", "the day before"],
)
def test_nothing_goes_at_night_on_a_weekend_or_before_its_day(outbox: Any, letterbox: Any, at: dt.datetime) -> None:
    from evenhand.wiring.posting import send_due

    assert send_due(at) == 0
    assert not letterbox.letters


@pytest.mark.django_db
def test_nothing_goes_on_a_day_off(outbox: Any, letterbox: Any, shelf_folder: Path) -> None:
    from evenhand.wiring.posting import send_due

    policy = shelf_folder / "policy.toml"
    policy.write_text('name = "Ours"\n[handoff]\ndays_off = ["2026-10-07"]\n', "utf-8")
    try:
        assert send_due(WEDNESDAY) == 0
        assert send_due(WEDNESDAY + dt.timedelta(days=1)) == outbox.messages.count()
    finally:
        policy.unlink()


@pytest.mark.django_db
def test_what_the_server_puts_off_is_tried_again_later_and_what_it_refuses_is_shown(
    outbox: Any, letterbox: Any, sign_in: Callable[[str], Any]
) -> None:
    from evenhand.wiring.posting import send_due

    messages = list(outbox.messages.all())
    refused, deferred = messages[0], messages[-1]
    letterbox.refused.add(refused.email)
    same = sum(one.email == refused.email for one in messages)
    outbox.messages.filter(pk=deferred.pk).update(email="later@firm.example")
    letterbox.deferred.add("later@firm.example")
    assert send_due(WEDNESDAY) == len(messages) - same - 1
    refused.refresh_from_db()
    deferred.refresh_from_db()
    assert (refused.standing, refused.words) == ("failed", "550 unknown")
    assert (deferred.standing, deferred.n_tries, deferred.words) == ("planned", 1, "451 later")
    assert deferred.next_try_at == WEDNESDAY + dt.timedelta(minutes=5)
    assert send_due(WEDNESDAY + dt.timedelta(minutes=4)) == 0
    assert send_due(WEDNESDAY + dt.timedelta(minutes=5)) == 0
    deferred.refresh_from_db()
    assert deferred.next_try_at == WEDNESDAY + dt.timedelta(minutes=15)
    letterbox.deferred.clear()
    assert send_due(WEDNESDAY + dt.timedelta(minutes=15)) == 1
    client, path = sign_in("revops"), f"/handoffs/{outbox.pk}/"
    page = client.get(path + "messages/").content.decode()
    assert "550 unknown" in page
    assert "needs a decision" in client.get(path).content.decode()
    letterbox.refused.clear()
    said = {"number": refused.number, "word": "again", "words": "The address works now."}
    assert client.post(path + "decide/", said).status_code == 302
    assert send_due(WEDNESDAY + dt.timedelta(minutes=20)) == 1
    taken = Counter(letter["Message-ID"] for _, letter in letterbox.letters)
    assert max(taken.values()) == 1


@pytest.mark.django_db
def test_a_server_that_is_down_loses_nothing(outbox: Any, letterbox: Any, settings: Any) -> None:
    from evenhand.wiring.posting import send_due

    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    assert send_due(WEDNESDAY) == 0
    waiting = outbox.messages.filter(n_tries=1)
    assert waiting.count() == 1  # the others aren't tried on a server that isn't there
    assert "doesn't answer" in waiting.get().words
    settings.EMAIL_PORT = port
    send_due(WEDNESDAY + dt.timedelta(minutes=10))
    assert standings(outbox) == {"sent": outbox.messages.count()}


@pytest.mark.django_db
def test_where_the_line_breaks_after_the_text_a_person_decides(
    outbox: Any, letterbox: Any, sign_in: Callable[[str], Any], people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import Notice
    from evenhand.wiring.posting import send_due

    broken: list[str] = []

    def hook(step: str, about: str) -> str:
        if step == "data" and not broken:
            broken.append(about)
            return "break"
        return ""

    letterbox.hook = hook
    send_due(WEDNESDAY)
    unsure = outbox.messages.get(standing="may have been sent")
    assert unsure.message_id == broken[0]
    assert Notice.objects.filter(user=people["revops"], words__contains="may have been sent").exists()
    for hours in range(1, 6):
        send_due(WEDNESDAY + dt.timedelta(hours=hours))
    taken = Counter(letter["Message-ID"] for _, letter in letterbox.letters)
    assert set(taken.values()) == {1}
    client, path = sign_in("revops"), f"/handoffs/{outbox.pk}/"
    page = client.get(f"{path}messages/{unsure.number}/").content.decode()
    assert "nothing sends it a second time by itself" in page
    assert sign_in("leader").post(path + "decide/", {"number": unsure.number, "word": "arrived"}).status_code == 404
    client.post(path + "decide/", {"number": unsure.number, "word": "arrived", "words": "It is in their mailbox."})
    assert standings(outbox) == {"sent": len(taken)}
    client.post(path + "decide/", {"number": unsure.number, "word": "bounced", "words": "550 no such user"})
    assert standings(outbox)["bounced"] == 1


WORK = """
import datetime as dt, os, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connections
call_command("migrate", verbosity=0)
from django.conf import settings
from evenhand.adapters.store.models import Book, Handoff, HandoffMessage, PlanRun, Review, User
from evenhand.wiring import posting
import json
n = int(sys.argv[1])
now = dt.datetime.fromisoformat(sys.argv[2])
user = User.objects.create_user("revops@firm.example", role="revops")
book = Book.objects.create(name="Q4", source="made", created_by=user, state="done")
run = PlanRun.objects.create(book=book, title="Plan", created_by=user, state="done")
review = Review.objects.create(run=run, author=user, stage="published")
handoff = Handoff.objects.create(review=review, run=run, created_by=user, state="done", folder="made",
                                 is_released=True, released_at=now)
keys = [f"losing/R{i}/T{i}" for i in range(n)]
HandoffMessage.objects.bulk_create(
    HandoffMessage(handoff=handoff, key=key, number=i + 1, kind="losing", to_id=f"R{i}", email=f"r{i}@firm.example",
                   subject=f"Letter {i}", send_on=now.date(), digest="d", message_id=f"<{i}@firm.example>")
    for i, key in enumerate(keys))
mails = settings.DATA / "mails" / f"{handoff.pk}.json"
mails.parent.mkdir(parents=True)
mail = {"subject": "Letter", "text": "Your accounts.", "html": "<p>Your accounts.</p>", "calendar": ""}
mails.write_text(json.dumps({key: mail for key in keys}))
print("ready", flush=True)
for line in sys.stdin:
    word, _, minutes = line.strip().partition(" ")
    if word == "look":
        rows = HandoffMessage.objects.order_by("number").values_list("message_id", "standing")
        print(json.dumps(list(rows)), flush=True)
        continue
    connections.close_all()
    child = os.fork()
    if not child:
        print(os.getpid(), flush=True)
        posting.send_due(now + dt.timedelta(minutes=int(minutes)))
        os._exit(0)
    print(os.WEXITSTATUS(status) if os.WIFEXITED(status := os.waitpid(child, 0)[1]) else -os.WTERMSIG(status),
          flush=True)
"""


class Killer:
    """Kills the worker with signal 9 when the mail server has come to a step for the nth time."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.known = threading.Event()
        self.step, self.left = "", 0
        self.taken: Counter[str] = Counter()

    def aim(self, step: str, nth: int) -> None:
        self.known.clear()
        self.step, self.left = step, nth

    def __call__(self, step: str, about: str) -> str:
        if step == "data":
            self.taken[about] += 1
        if step == self.step:
            self.left -= 1
            if self.left == 0:
                assert self.known.wait(30)
                os.kill(self.pid or 0, signal.SIGKILL)
                return "break"
        return ""


def test_nothing_is_sent_twice_however_the_worker_is_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A worker is killed at every step of SMTP, again and again, and taken up by the next one."""
    n_messages, killer = 40, Killer()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), find_letterbox(request)) as server:
        held: Any = server
        held.letters, held.refused, held.deferred, held.daemon_threads = [], set(), set(), True
        held.hook = killer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENHAND_")} | {
            "DJANGO_SETTINGS_MODULE": "evenhand.wiring.settings",
            "EVENHAND_DATA": str(tmp_path / "data"),
            "EVENHAND_SECRET_KEY": "only for tests " * 4,
            "EVENHAND_MAIL": f"smtp://127.0.0.1:{server.server_address[1]}",
        }
        (tmp_path / "data").mkdir()
        with subprocess.Popen(
            [sys.executable, "-c", WORK, str(n_messages), WEDNESDAY.isoformat()],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as house:  # fmt: skip
            assert house.stdin is not None
            assert house.stdout is not None

            def tell(line: str) -> str:
                house.stdin.write(line + "\n")  # type: ignore[union-attr]  # asserted above
                house.stdin.flush()  # type: ignore[union-attr]  # as above
                return house.stdout.readline().strip()  # type: ignore[union-attr]  # as above

            def work(minutes: int) -> int:
                killer.pid = int(tell(f"work {minutes}"))
                killer.known.set()
                return int(house.stdout.readline())  # type: ignore[union-attr]  # as above

            try:
                assert house.stdout.readline().strip() == "ready"
                killed = 0
                for n in range(20):
                    # On the wire, after the address, with the text taken and not answered, after the answer.
                    killer.aim(("connect", "mail", "rcpt", "data", "answered")[n % 5], 1 + n % 2 * (n % 5 > 0))
                    killed += work(n) == -signal.SIGKILL
                assert killed >= 15
                killer.aim("never", 1)
                assert work(25) == 0
                left: dict[str, str] = dict(json.loads(tell("look")))
                # Whoever died had one message in hand: it is shown, and it isn't sent again by itself.
                assert work(60) == 0
                assert work(600) == 0
                found: dict[str, str] = dict(json.loads(tell("look")))
            finally:
                house.stdin.close()
                house.wait(30)
        server.shutdown()
    assert max(killer.taken.values()) == 1
    assert set(found.values()) <= {"sent", "may have been sent"}
    assert all(killer.taken[key] == 1 for key, standing in found.items() if standing == "sent")
    assert "sending" in left.values()
    unsure = [key for key, standing in found.items() if standing == "may have been sent"]
    assert {killer.taken[key] for key in unsure} == {0, 1}  # which of them, only a person can find out
    assert len(unsure) <= killed


def find_letterbox(request: pytest.FixtureRequest) -> Any:
    """Return the mail server's handler, which lives beside the fixtures."""
    for plugin in request.config.pluginmanager.get_plugins():
        if getattr(plugin, "__file__", None) == str(Path(__file__).with_name("conftest.py")):
            return plugin.Letterbox
    return None
