"""Plans under review: for those who decide, for managers, for reps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.adapters.store.doors import access_plan_run, access_review, check_may, list_plan_runs, list_reviews
from evenhand.adapters.store.reviews import find_person
from evenhand.app.roles import May
from evenhand.foundation.errors import EvenhandError, InputError, Refusal
from evenhand.review.states import Action
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.review_parts import list_voices, look, show_chain
from evenhand.web.reviewing import Said, do, read_action, solve_again, start_review, submit, today
from evenhand.wiring.pricing_flags import plan_policy

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from evenhand.adapters.store.models import Review, User
    from evenhand.web.request import Request

MOST_WORDS = 4000


@require_safe
def reviews(request: Request) -> HttpResponse:
    """List the reviews that concern the person, the latest first."""
    rows = list_reviews(request.user, _offices(request.user))
    return render(request, "web/reviews.html", {"rows": rows})


@require_safe
def review(request: Request, pk: UUID) -> HttpResponse:
    """Show a plan under review, as far as it concerns the person, with what they may do."""
    row = _access(request.user, pk)
    seen = look(request.user, row)
    others = []
    if seen.decides and row.stage == "in review":
        others = [run for run in list_plan_runs(request.user).filter(book=row.run.book)[:20] if run.has_plan]
    return render(
        request,
        "web/review.html",
        {
            "review": row,
            "seen": seen,
            "others": [run for run in others if run.pk != row.run_id],
            "reasons": row.terms.get("reasons", []),
            "voices": list_voices(request.user, row, decides=seen.decides),
            "unheard": [(key, seen.people.get(key, key)) for key in seen.case.unheard],
            "chain": show_chain(row, seen.people),
            "accepted": [flag for flag in seen.case.flags if flag.state == "accepted" and not flag.is_honoured],
            "transition": _say_transition(row),
            "is_pricing": any(not flag.is_priced for flag in seen.flags if flag.row.state == "open"),
        },
    )


@require_POST
def review_act(request: Request, pk: UUID) -> HttpResponse:
    """Do something to a plan under review."""
    row = _access(request.user, pk)
    names = [name for name in Said.__dataclass_fields__ if name in request.POST]
    said = Said(**{name: request.POST[name].strip()[:MOST_WORDS] for name in names})
    try:
        action = read_action(request.POST.get("action", ""))
        do(request.user, row, action, said)
    except EvenhandError as error:
        _say(request, error)
    else:
        messages.success(request, _DONE.get(action, "Done."))
    return redirect("review", pk=row.pk)


@require_POST
def review_revise(request: Request, pk: UUID) -> HttpResponse:
    """Make a plan with the accepted flags, or put one that was made in the place of the one under review."""
    row = _access(request.user, pk)
    check_may(request.user, May.MAKE_PLANS)
    chosen = request.POST.get("plan", "")
    try:
        if not chosen:
            run = solve_again(request.user, row)
            messages.success(
                request, "The plan is solved again with the accepted flags; put it in place when it is done."
            )
            return redirect("plan", pk=run.pk)
        submit(request.user, row, access_plan_run(request.user, chosen), Action.REVISE)
        messages.success(request, "The plan is replaced; managers are told.")
    except (EvenhandError, ChangedMeanwhileError) as error:
        _say(request, error)
    return redirect("review", pk=row.pk)


@require_POST
def plan_review(request: Request, pk: UUID) -> HttpResponse:
    """Put a plan to the managers."""
    check_may(request.user, May.REVIEW_PLANS)
    run = access_plan_run(request.user, pk)
    if not run.has_plan:
        raise Http404
    try:
        row = start_review(request.user, run)
    except EvenhandError as error:
        _say(request, error)
        return redirect("plan", pk=run.pk)
    messages.success(request, "The managers of the touched teams are told.")
    return redirect("review", pk=row.pk)


_DONE = {
    Action.FLAG: "Your flag is with revenue operations; its price is being worked out.",
    Action.CONFIRM: "Thank you; your team's part is confirmed.",
    Action.ACCEPT: "Accepted; the manager is told.",
    Action.OVERRIDE: "Overridden; the manager reads your reason.",
    Action.APPROVE: "Approved.",
    Action.PUBLISH: "Published; managers and reps are told.",
    Action.ASK: "Your question is with your manager and revenue operations.",
    Action.DISPUTE: "Your dispute is with your manager and revenue operations.",
}


def _access(user: User, pk: UUID) -> Review:
    return access_review(user, pk, _offices(user))


def _offices(user: User) -> frozenset[str]:
    return find_person(user, today()).offices


def _say_transition(row: Review) -> str:
    policy = plan_policy(row.run)
    low, high = policy.handoff.transition_weeks_low, policy.handoff.transition_weeks_high
    return (
        f"Accounts change hands in {low} to {high} weeks, each with an introduction; nothing flips overnight. "
        f"The next review is in {policy.cadence.review_months} months."
    )


def _say(request: Request, error: Exception) -> None:
    if isinstance(error, Refusal):
        messages.error(request, f"{error.message} {error.hint}")
    elif isinstance(error, InputError):
        messages.error(request, " ".join(f"{at}: {said}" for at, said in error.problems.items()))
    elif isinstance(error, ChangedMeanwhileError):
        messages.error(request, "Somebody else made another plan out of this one meanwhile. Look again.")
    else:
        messages.error(request, str(error))
