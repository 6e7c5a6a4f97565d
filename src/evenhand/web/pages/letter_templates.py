"""Letters in the firm's own words: edited with a preview of real facts, kept as versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evenhand.adapters.letters.writing import NAMES
from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import LetterTemplate
from evenhand.app.roles import May
from evenhand.foundation.errors import EvenhandError, InputError, Refusal
from evenhand.web.pages.handoff_files import cut_letter
from evenhand.web.pages.handoffs import say
from evenhand.web.writing_letters import (
    find_version,
    keep_version,
    list_readers,
    preview,
    read_product_text,
    text_in_force,
)

if TYPE_CHECKING:
    from django.http import HttpResponse

    from evenhand.web.request import Request

SAYS = {
    "manager": "To managers: whom to talk to when.",
    "losing": "To reps who lose accounts, after the conversation.",
    "gaining": "To reps who gain accounts.",
    "introduction": "To customers: the former rep introduces the new one.",
    "brief": "On each account, for its new rep.",
    "statement": "To reps who are paid for deals that changed hands.",
    "summary": "To leaders: the cycle on a page.",
    "follow_up": "30 and 60 days after: what became of the accounts.",
}


@require_safe
def letters(request: Request) -> HttpResponse:
    """List the letters, and in whose words each is written."""
    check_may(request.user, May.HAND_OVER)
    rows = [(name, SAYS.get(name, ""), find_version(name)) for name in NAMES]
    return render(request, "web/letters.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: Request, name: str) -> HttpResponse:
    """Edit a letter's words, with a preview."""
    check_may(request.user, May.HAND_OVER)
    if name not in NAMES:
        raise Http404
    problems: list[str] = []
    latest = find_version(name)
    text = request.POST.get("text", "")
    if request.method == "POST":
        after = request.POST.get("after", "")
        try:
            keep_version(
                request.user,
                name,
                "" if "back" in request.POST else text or " ",
                request.POST.get("note", ""),
                int(after) if after.isdecimal() else 0,
            )
        except InputError as error:
            problems = say_problems(error)
        except Refusal as error:
            say(request, error)
        else:
            messages.success(request, "Kept; the next handoff that is prepared uses it.")
            return redirect("letters_one", name=name)
    number = request.GET.get("version", "")
    chosen = find_version(name, int(number)) if number.isdecimal() else None
    if request.method != "POST":
        text = (chosen.text or read_product_text(name)) if chosen is not None else text_in_force(name)
    return render(
        request,
        "web/letter.html",
        {
            "name": name,
            "says": SAYS.get(name, ""),
            "text": text,
            "latest": latest,
            "chosen": chosen,
            "versions": LetterTemplate.objects.filter(name=name).select_related("created_by"),
            "readers": list_readers(name),
            "problems": problems,
            **_preview(name, text, request.POST.get("reader")),
        },
        status=422 if problems else 200,
    )


@require_POST
def letter_preview(request: Request, name: str) -> HttpResponse:
    """Show a text as the letter it makes, or what is wrong with it."""
    check_may(request.user, May.HAND_OVER)
    if name not in NAMES:
        raise Http404
    text = request.POST.get("text", "")
    return render(request, "web/fragments/letter_preview.html", _preview(name, text, request.POST.get("reader")))


def say_problems(error: EvenhandError) -> list[str]:
    """Return what is wrong with a text, a line each."""
    if isinstance(error, InputError):
        return [f"{at}: {said}" for at, said in error.problems.items()]
    return [str(error)]


def _preview(name: str, text: str, reader: str | None) -> dict[str, object]:
    try:
        page, mail = preview(name, text, reader)
    except EvenhandError as error:
        return {"wrong": say_problems(error), "shown": "", "mail": ""}
    return {"wrong": [], "shown": cut_letter(page, title="lower") if page else "", "mail": mail}
