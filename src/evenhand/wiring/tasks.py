"""What the background worker runs, and how a job gets into its queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_tasks import task

from evenhand.adapters.store.models import Book, Study

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


def enqueue(job: Job) -> str:
    """Put a job into the queue of the worker; returns the entry's id."""
    does = admit_book if isinstance(job, Book) else make_study if isinstance(job, Study) else make_plan
    entry = does.enqueue(str(job.pk))
    return str(entry.id)
