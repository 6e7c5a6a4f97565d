"""What the background worker runs, and how a job gets into its queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_tasks import task

from evenhand.adapters.store.models import Book, Handoff, Push, Study, Sync

if TYPE_CHECKING:
    from evenhand.adapters.store.models import Job


@task()
def admit_book(book_id: str) -> None:
    """Make a book of what was uploaded, and diagnose it."""
    from evenhand.wiring.admitting import admit_upload

    admit_upload(book_id)


@task()
def make_plan(run_id: str) -> None:
    """Solve a plan run."""
    from evenhand.wiring.planning import solve_run

    solve_run(run_id)


@task()
def make_study(study_id: str) -> None:
    """Trace a frontier, or solve scenarios."""
    from evenhand.wiring.studying import solve_study

    solve_study(study_id)


@task()
def price_flags(review_id: str) -> None:
    """Price the flags of a review."""
    from evenhand.wiring.pricing_flags import price_review

    price_review(review_id)


@task()
def prepare_handoff(handoff_id: str) -> None:
    """Write the letters, tables and messages of a handoff."""
    from evenhand.wiring.handing_over import prepare_round

    prepare_round(handoff_id)


@task()
def sync_records(sync_id: str) -> None:
    """Sync a connection, or test it."""
    from evenhand.wiring.syncing_jobs import do_sync

    do_sync(sync_id)


@task()
def push_handoff(push_id: str) -> None:
    """Push a handoff's changes to a connection, look ahead, or take them back."""
    from evenhand.wiring.pushing_jobs import do_push

    do_push(push_id)


_DOES: dict[type[Job], Any] = {
    Book: admit_book,
    Study: make_study,
    Handoff: prepare_handoff,
    Sync: sync_records,
    Push: push_handoff,
}


def enqueue(job: Job) -> str:
    """Put a job into the queue of the worker; returns the entry's id."""
    entry = _DOES.get(type(job), make_plan).enqueue(str(job.pk))
    return str(entry.id)
