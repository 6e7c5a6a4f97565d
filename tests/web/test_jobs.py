"""Jobs: taken up once, put back when their worker is silent, ended once."""

import datetime as dt
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(book: Any, people: dict[str, Any]) -> Any:
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan

    return ask_plan(people["revops"], book, Question({"bands.potential": 0.2}), "A job")


def grow_old(job: Any, seconds: float = 60) -> None:
    from django.utils import timezone

    then = timezone.now() - dt.timedelta(seconds=seconds)
    type(job).objects.filter(pk=job.pk).update(heartbeat_at=then)


def take(job: Any, worker: str = "w") -> Any:
    from evenhand.adapters.store import jobs

    return jobs.take_up(type(job), job.pk, worker)


def sweep() -> int:
    from evenhand.adapters.store import jobs
    from evenhand.wiring.tasks import enqueue

    return jobs.sweep(enqueue, stale_seconds=10)


def queued() -> int:
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult.objects.filter(status="READY").count()


def test_of_two_workers_one_takes_it_up(job: Any) -> None:
    assert take(job, "first").worker == "first"
    assert take(job, "second") is None


def test_a_silent_worker_loses_the_job_and_changes_nothing_when_it_comes_back(job: Any) -> None:
    from evenhand.adapters.store import jobs
    from evenhand.adapters.store.models import PlanRun, State

    lost = take(job, "silent")
    grow_old(job)
    assert sweep() == 1
    found = take(job, "next")
    assert found.attempt == 2
    assert not jobs.show_life(lost)
    assert not jobs.end(lost, State.DONE, folder="of the silent one")
    assert jobs.end(found, State.DONE, folder="of the next one")
    assert not jobs.end(found, State.FAILED, problem="again")
    ended = PlanRun.objects.get(pk=job.pk)
    assert (ended.state, ended.folder, ended.problem) == ("done", "of the next one", "")


def test_a_living_worker_keeps_it(job: Any) -> None:
    from evenhand.adapters.store import jobs

    mine = take(job)
    grow_old(job)
    assert jobs.show_life(mine, {"stage": "reading"})
    assert sweep() == 0
    mine.refresh_from_db()
    assert mine.progress == {"stage": "reading"}


def test_a_waiting_job_that_the_queue_has_lost_is_queued_again(job: Any) -> None:
    from django_tasks_db.models import DBTaskResult

    assert queued() >= 1
    job.refresh_from_db()
    grow_old(job)
    assert sweep() == 0, "the queue stands for it, however long it waits"
    DBTaskResult.objects.filter(pk=job.task_id).update(status="RUNNING")
    assert sweep() == 1
    job.refresh_from_db()
    assert DBTaskResult.objects.get(pk=job.task_id).status == "READY"


def test_a_job_that_kills_its_workers_is_given_up(job: Any) -> None:
    from evenhand.adapters.store import jobs

    for _ in range(jobs.MOST_ATTEMPTS):
        assert take(job) is not None
        grow_old(job)
        sweep()
    job.refresh_from_db()
    assert job.state == "failed"
    assert "died" in job.problem


def test_a_stopping_worker_puts_it_back_without_counting_an_attempt(job: Any) -> None:
    from evenhand.adapters.store import jobs
    from evenhand.wiring.tasks import enqueue

    mine = take(job)
    assert jobs.put_back(mine, enqueue)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("waiting", 0)


def test_what_is_cancelled_stays_so(job: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store import jobs
    from evenhand.adapters.store.models import State

    mine = take(job)
    assert jobs.cancel(job, people["revops"])
    assert not jobs.cancel(job, people["revops"])
    assert not jobs.show_life(mine)
    assert not jobs.end(mine, State.DONE)
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_worker_whose_job_is_cancelled_stops_working(job: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store import jobs
    from evenhand.wiring.working import Hand, JobTakenAwayError

    hand = Hand(take(job))
    hand.tell(stage="still mine")
    jobs.cancel(job, people["revops"])
    hand.beat()
    with pytest.raises(JobTakenAwayError):
        hand.tell(stage="not mine")


def test_every_change_of_a_job_is_in_the_audit_trail(job: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store import jobs
    from evenhand.adapters.store.models import AuditEvent

    take(job)
    grow_old(job)
    sweep()
    jobs.cancel(job, people["revops"])
    actions = AuditEvent.objects.filter(subject_id=str(job.pk)).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["plan_run.asked", "planrun.put_back", "planrun.cancelled"]


def test_a_solve_that_fails_says_what_to_do(book: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan
    from evenhand.wiring.planning import solve_run

    asked = ask_plan(people["revops"], book, Question(events=("rep-left:territory=T999",)))
    solve_run(str(asked.pk))
    failed = PlanRun.objects.get(pk=asked.pk)
    assert failed.state == "failed"
    assert "T999" in failed.problem


def test_the_audit_trail_is_never_changed(people: dict[str, Any]) -> None:
    from django.db import DatabaseError, transaction

    from evenhand.adapters.store.audit import record
    from evenhand.adapters.store.models import AuditEvent
    from evenhand.foundation.errors import Refusal

    event = record(people["revops"], "tried", people["revops"])
    with pytest.raises(Refusal):
        event.save()
    with pytest.raises(Refusal):
        event.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(action="forged")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk)._raw_delete("default")
    assert AuditEvent.objects.get(pk=event.pk).action == "tried"
