"""The policy: put to the signers, signed, published; and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from evenhand.adapters.store import sign_off as store
from evenhand.adapters.store.doors import access_plan_run, check_may
from evenhand.adapters.store.doors_of_reviews import access_policy, list_policies
from evenhand.adapters.store.models import User
from evenhand.adapters.store.reviews import find_person, list_holders
from evenhand.app.roles import May
from evenhand.foundation.errors import Refusal
from evenhand.policy.validation import entry_views
from evenhand.review.sign_off import find_refusal_to_sign
from evenhand.web.exceptions import say_value
from evenhand.web.requesting import firm_policy
from evenhand.web.reviewing import today
from evenhand.web.signing import put_exception, put_policy

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evenhand.web.request import Request


@require_safe
def policies(request: Request) -> HttpResponse:
    """List the versions of the policy, and say whether the firm's own is signed."""
    rows = list_policies(request.user)
    ours = firm_policy()
    keeps = request.user.can(May.SIGN_POLICY)
    found = next((row for row in rows if row.policy_hash == ours.content_hash and row.withdrawn_at is None), None)
    shown = [(row, store.read_version(row)) for row in rows]
    in_force = store.find_in_force()
    return render(
        request,
        "web/policies.html",
        {
            "rows": shown,
            "ours": ours,
            "found": found,
            "in_force": in_force,
            "keeps": keeps,
            "holders": _holders(),
            "people": User.objects.filter(is_active=True).exclude(pk=request.user.pk),
        },
    )


@require_POST
def policy_propose(request: Request) -> HttpResponse:
    """Put the firm's policy to the signers."""
    check_may(request.user, May.KEEP_POLICY)
    row = put_policy(request.user)
    messages.success(request, "The policy is put to the signers; they are told.")
    return redirect("policy", pk=row.pk)


@require_POST
def policy_titles(request: Request) -> HttpResponse:
    """Say who holds which title; nobody gives one to themselves."""
    check_may(request.user, May.KEEP_PEOPLE)
    title, chosen = request.POST.get("title", "").strip()[:100], request.POST.get("person", "")
    person = User.objects.filter(is_active=True, pk=chosen).first() if _is_uuid(chosen) else None
    try:
        if title:
            store.give_title(request.user, title, person)
            messages.success(request, f"{person or 'Nobody'} is the {title}.")
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}")
    return redirect("policies")


@require_safe
def policy(request: Request, pk: UUID) -> HttpResponse:
    """Show a version so that anyone can read it, with its signatures."""
    row = access_policy(request.user, pk)
    version, rules = store.read_version(row), store.parse(row)
    values = rules.values()
    sections: dict[str, list[tuple[str, str, str, bool]]] = {}
    changed = {change["path"] for change in row.changes}
    for view in entry_views():
        section, _, name = view.path.partition(".")
        value = _say_with_unit(values[view.path], view.unit)
        sections.setdefault(section, []).append((view.text, value, name, view.path in changed))
    offices, holders = find_person(request.user, today()).offices, list_holders()
    people = _holders()
    lines = []
    for title in version.signers:
        given = next((one for one in row.signatures.all() if one.title == title), None)
        refusal = find_refusal_to_sign(version, title, holders, offices)
        lines.append((title, people.get(title), given, refusal))
    return render(
        request,
        "web/policy.html",
        {
            "row": row,
            "version": version,
            "sections": sections,
            "lines": lines,
            "keeps": request.user.can(May.KEEP_POLICY),
        },
    )


@require_POST
def policy_act(request: Request, pk: UUID) -> HttpResponse:
    """Sign, publish or withdraw a version."""
    row, action = access_policy(request.user, pk), request.POST.get("action", "")
    try:
        if action == "sign":
            store.sign(row, request.POST.get("title", ""), request.user, today())
            messages.success(request, "Signed.")
        elif action in {"publish", "withdraw"}:
            check_may(request.user, May.KEEP_POLICY)
            (store.publish if action == "publish" else store.withdraw)(row, request.user)
            messages.success(request, "Everyone here can read it now." if action == "publish" else "Withdrawn.")
        else:
            messages.error(request, "Say what to do: sign, publish or withdraw.")
    except Refusal as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}")
    return redirect("policy", pk=row.pk)


@require_POST
def plan_exception(request: Request, pk: UUID) -> HttpResponse:
    """Put the policy of a plan to the signers as an exception to the signed one."""
    check_may(request.user, May.KEEP_POLICY)
    run = access_plan_run(request.user, pk, May.MAKE_PLANS)
    if not run.has_plan:
        raise Http404
    row = put_exception(request.user, run, request.POST.get("reason", ""))
    messages.success(request, "The exception is put to the signers. Once it is signed, ask for the plan again.")
    return redirect("policy", pk=row.pk)


def _holders() -> dict[str, User]:
    return {user.title: user for user in User.objects.filter(is_active=True).exclude(title="")}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _say_with_unit(value: object, unit: str | None) -> str:
    """Say a value as a rep reads it: a share as per cent, anything else with its unit."""
    if unit == "share" and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{100 * value:g} %"
    said = say_value(value)
    return f"{said} {unit}" if unit and said not in {"off", "none"} else said
