"""What every page of background work does: showing how far it is, and stopping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render

from evenhand.adapters.store.jobs import cancel

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evenhand.adapters.store.models import Job
    from evenhand.web.request import Request


def show_progress(request: Request, job: Job, room: str) -> HttpResponse:
    """Show how far a job is; when it has ended the whole page is loaded again.

    Parameters
    ----------
    room
        Name of the page that the job belongs to; its fragment is ``ROOM_progress``.
    """
    response = render(request, "web/fragments/job.html", {"job": job, "room": room})
    if job.has_ended:
        response["HX-Refresh"] = "true"
    return response


def stop(request: Request, job: Job, room: str) -> HttpResponse:
    """Stop a job that hasn't ended, and go back to its page."""
    cancel(job, request.user)
    return redirect(room, pk=job.pk)
