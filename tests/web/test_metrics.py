"""What a monitoring system is told, and who is told it."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.django_db
LINE = re.compile(r'^[a-z_]+\{(?:[a-z]+="[\w.:+-]*",?)+\} [0-9.]+(e-\d+)?$')


def test_jobs_are_counted_and_nobody_is_named(client: Any, run: Any, people: dict[str, Any]) -> None:
    answer = client.get("/metrics")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'evenhand_jobs{kind="book",state="done"} 1\n' in text
    assert 'evenhand_jobs{kind="plan",state="done"} 1\n' in text
    assert 'evenhand_jobs{kind="plan",state="waiting"} 0\n' in text
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.match(line), line
    for word in ("firm.example", run.title, run.book.name, str(run.pk), str(people["revops"].pk)):
        assert word not in text


def test_how_long_jobs_wait_and_take(client: Any, run: Any) -> None:
    import datetime as dt

    from django.utils import timezone

    from evenhand.adapters.store.models import PlanRun

    now = timezone.now()
    PlanRun.objects.filter(pk=run.pk).update(started_at=now - dt.timedelta(seconds=90), finished_at=now)
    waiting = PlanRun.objects.create(book=run.book, title="next", created_by=run.created_by)
    PlanRun.objects.filter(pk=waiting.pk).update(created_at=now - dt.timedelta(seconds=300))
    found = dict(line.rsplit(" ", 1) for line in client.get("/metrics").content.decode().splitlines() if line[0] != "#")
    assert float(found['evenhand_job_mean_seconds{kind="plan"}']) == pytest.approx(90, abs=0.1)
    assert float(found['evenhand_job_longest_seconds{kind="plan"}']) == pytest.approx(90, abs=0.1)
    assert 300 <= float(found['evenhand_job_waiting_seconds{kind="plan"}']) < 360
    assert float(found['evenhand_job_waiting_seconds{kind="book"}']) == 0


def test_requests_are_counted_by_the_name_of_their_route(sign_in: Any, client: Any, book: Any) -> None:
    def read() -> dict[str, float]:
        lines = client.get("/metrics").content.decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    before, someone = read(), sign_in("revops")
    someone.get(f"/books/{book.pk}/?find=zoë")
    someone.get("/nowhere/secret-name/")
    someone.generic("BREW", "/")
    after = read()
    rises = {name: after[name] - before.get(name, 0) for name in after}
    assert rises['evenhand_requests_total{route="book",status="200",verb="GET"}'] == 1
    assert rises['evenhand_requests_total{route="none",status="404",verb="GET"}'] == 1
    assert rises['evenhand_requests_total{route="home",status="405",verb="other"}'] == 1
    assert rises['evenhand_request_seconds_count{route="book"}'] == 1
    assert rises['evenhand_request_seconds_bucket{le="+Inf",route="book"}'] == 1
    assert rises['evenhand_request_seconds_sum{route="book"}'] > 0
    assert not [name for name in after if "zoë" in name or "secret-name" in name or str(book.pk) in name]


def test_others_find_nothing_there(client: Any, sign_in: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert sign_in("revops").get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.post("/metrics").status_code in {403, 405}


def test_a_token_lets_in_from_anywhere_and_is_then_needed(client: Any, settings: Any) -> None:
    settings.EVENHAND_METRICS_TOKEN = "a long token"
    said = {"Authorization": "Bearer a long token"}
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7", headers=said).status_code == 200
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a long tokem"}).status_code == 404
