"""Edits by hand as a form: what is decided so far, and one account more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from evenhand.foundation.errors import InputError
from evenhand.plan.edits import parse_edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import QueryDict

MOST_EDITS = 500
_WORDS = {
    "move": "goes, with its family, to",
    "move-alone": "goes by itself to",
    "lock": "stays where it is today",
    "exclude": "stays, and counts towards no target",
}
_PLACES = ("move", "move-alone")


class EditsForm(forms.Form):
    """One more account, what becomes of it, and where it goes."""

    account = forms.CharField(
        label="Account",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "list": "accounts",
                "aria-label": "Account",
                "spellcheck": "false",
                "placeholder": "id, such as A000016",
            }
        ),
    )
    kind = forms.ChoiceField(
        label="What becomes of it",
        required=False,
        choices=list(_WORDS.items()),
        widget=forms.Select(attrs={"aria-label": "What becomes of it"}),
    )
    to = forms.CharField(
        label="Territory",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"list": "territories", "aria-label": "Territory", "spellcheck": "false", "placeholder": "territory"}
        ),
    )

    def __init__(self, data: QueryDict | None) -> None:
        super().__init__(data)
        self.said: Sequence[str] = [] if data is None else data.getlist("edit")
        self.found = "" if data is None else data.get("found", "")

    def clean(self) -> dict[str, Any]:
        """Put the edit together, after those decided before."""
        values = super().clean() or {}
        edits: list[str] = []
        for text in dict.fromkeys(self.said):
            try:
                edits.append(str(parse_edit(text)))
            except InputError as error:
                for said in error.problems.values():
                    self.add_error(None, said)
        account = self.found.strip() or (values.get("account") or "").strip()
        if account:
            kind = values.get("kind") or "move"
            to = (values.get("to") or "").strip() if kind in _PLACES else ""
            if kind in _PLACES and not to:
                self.add_error("to", "Say which territory.")
            else:
                edits.append(str(parse_edit(f"{kind}:{account}{f'={to}' if to else ''}")))
        if len(edits) > MOST_EDITS:
            self.add_error(None, f"{MOST_EDITS} edits at a time are the most; make these first.")
        values["edits"] = list(dict.fromkeys(edits))
        return values


def say_edit(text: str) -> str:
    """Say an edit in words: ``A000016 goes, with its family, to T07``."""
    edit = parse_edit(text)
    return f"{edit.account_id} {_WORDS[edit.kind]}{f' {edit.to}' if edit.to else ''}"
