"""The firm's own words for letters: previewed with real facts, kept as versions; pages and the API ask alike."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from evenhand.adapters.letters.writing import NAMES
from evenhand.adapters.store.audit import record
from evenhand.adapters.store.doors import check_may
from evenhand.adapters.store.models import Handoff, LetterTemplate, State
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError, Refusal
from evenhand.handoff.briefs import write_briefs
from evenhand.web.requesting import firm_policy
from evenhand.wiring.container import connect_outside
from evenhand.wiring.handing_over import tell_round

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from evenhand.adapters.store.models import User
    from evenhand.app.ports import LetterPress

MOST_LETTERS = 60_000
_BRIEFS = ("brief", "introduction")
_MOST_READERS = 40


def read_product_text(name: str) -> str:
    """Return the template that comes with Evenhand."""
    return (files("evenhand.adapters.letters") / "templates" / f"{name}.md.jinja").read_text(encoding="utf-8")


def find_version(name: str, number: int | None = None) -> LetterTemplate | None:
    """Return a version of the firm's template of a name; without a number the latest."""
    rows = LetterTemplate.objects.filter(name=name).select_related("created_by").order_by("-number")
    return (rows.filter(number=number) if number is not None else rows).first()


def text_in_force(name: str) -> str:
    """Return what a letter of that name is written with today."""
    latest = find_version(name)
    return latest.text if latest is not None and latest.text else read_product_text(name)


def keep_version(user: User, name: str, text: str, note: str, after: int) -> LetterTemplate:
    """Keep a text as the next version of a letter; an empty one goes back to the letter as it comes with Evenhand.

    Parameters
    ----------
    after
        Number of the version that was edited, 0 for the first.

    Raises
    ------
    InputError
        Naming what is wrong, with the line, or with the fact that isn't there.
    Refusal
        If somebody else has kept a version meanwhile.
    """
    check_may(user, May.HAND_OVER)
    plain = text.replace("\r\n", "\n").strip()
    if plain:
        preview(name, plain + "\n", None)
    try:
        with transaction.atomic():
            latest = find_version(name)
            if (latest.number if latest else 0) != after:
                raise Refusal(
                    "HO312", "Somebody else has kept another version meanwhile.", "Look at theirs, then keep yours."
                )
            row = LetterTemplate.objects.create(
                name=name, number=after + 1, text=f"{plain}\n" if plain else "", note=note.strip()[:200],
                created_by=user,
            )  # fmt: skip
            record(user, "letter_template.kept", row, name=name, number=row.number, note=row.note)
    except IntegrityError:
        raise Refusal("HO312", "Somebody else has kept another version meanwhile.", "Look at theirs.") from None
    return row


def preview(name: str, text: str, reader: str | None) -> tuple[str, str]:
    """Return a letter's page and its mail's text, with the facts of a real person of the latest handoff.

    Parameters
    ----------
    reader
        Which of `list_readers`; None: the first.

    Raises
    ------
    InputError
        Naming what is wrong with the text.
    """
    if name not in NAMES:
        raise InputError({"name": f"{name!r} is no letter; there are {', '.join(NAMES)}"})
    if len(text) > MOST_LETTERS:
        raise InputError({"text": f"is longer than {MOST_LETTERS:,} letters"})
    latest = _latest()
    policy = firm_policy()
    if latest is None:
        # Without a handoff there are no facts, but what can't be read at all is found all the same.
        connect_outside().open_press("USD", policy.handoff.locale, {name: text})
        return "", ""
    facts = _facts(latest.pk)
    currency, locale = facts.currency, facts.locale
    press: LetterPress = connect_outside().open_press(currency, locale, {name: text})
    found = facts.of(name)
    if not found:
        return "", ""
    chosen = found.get(reader or "") or next(iter(found.values()))
    return press.html(name, chosen).decode(), press.text(name, chosen).decode()


def list_readers(name: str) -> list[str]:
    """Return whose facts a letter can be previewed with."""
    latest = _latest()
    return list(_facts(latest.pk).of(name))[:_MOST_READERS] if latest is not None else []


class _Facts:
    """The facts of a handoff's letters, by letter and reader."""

    def __init__(self, handoff: Handoff) -> None:
        told, letters, kept = tell_round(handoff)
        self.currency, self.locale = told.book.currency, told.policy.handoff.locale
        self._of: dict[str, dict[str, Mapping[str, Any]]] = {name: {} for name in NAMES}
        for letter in letters:
            reader = f"{letter.facts['to_name']} {letter.facts.get('territory', '')}".strip()
            self._of[letter.kind].setdefault(reader, letter.facts)
        for (account, facts), _ in zip(write_briefs(told, kept.tables["moves"]), range(_MOST_READERS), strict=False):
            for name in _BRIEFS:
                self._of[name][f"{facts['name']} ({account})"] = facts

    def of(self, name: str) -> dict[str, Mapping[str, Any]]:
        """Return the facts of one letter by reader."""
        return self._of.get(name, {})


def _latest() -> Handoff | None:
    rows = Handoff.objects.filter(state=State.DONE).exclude(folder="").select_related("run__book", "review")
    return rows.first()


@lru_cache(maxsize=1)
def _facts(pk: UUID) -> _Facts:
    return _Facts(Handoff.objects.select_related("run__book", "review").get(pk=pk))
