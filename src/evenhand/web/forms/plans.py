"""The question that a plan answers, as a form that reads like a sentence."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, cast

from django import forms

from evenhand.app.question import Question
from evenhand.foundation.errors import InputError
from evenhand.plan.events.parse import KINDS, spell_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evenhand.policy import Policy

N_EVENTS = 3
"""Rows for events on the form; the API takes any number."""

_SHARES = {
    "tolerance": "bands.potential",
    "accounts": "bands.accounts",
    "qualified": "bands.qualified",
    "workload": "bands.workload",
    "pipeline": "bands.pipeline",
    "ceiling": "bands.workload_ceiling",
    "gap": "solve.gap",
}
_NUMBERS = {
    "most_moves": "moves.most_moves",
    "most_from": "moves.most_moves_from",
    "most_into": "moves.most_moves_into",
    "seconds": "solve.seconds",
    "seed": "solve.seed",
}
_OPTIONAL = {
    "accounts",
    "qualified",
    "workload",
    "pipeline",
    "ceiling",
    "most_moves",
    "most_from",
    "most_into",
    "seconds",
}
_WORDS = {
    "new-hire": "a new hire takes",
    "rep-left": "the rep has left",
    "layoff": "these seats close:",
}


def _percent(label: str, *, required: bool = False, most: float = 1000) -> forms.FloatField:
    attributes = {"inputmode": "decimal", "step": "any", "class": "amount", "aria-label": label}
    return forms.FloatField(
        label=label, required=required, min_value=0, max_value=most, widget=forms.NumberInput(attrs=attributes)
    )


def _count(label: str, *, least: int = 0) -> forms.IntegerField:
    attributes = {"inputmode": "numeric", "class": "amount", "aria-label": label}
    return forms.IntegerField(
        label=label, required=False, min_value=least, max_value=10_000_000, widget=forms.NumberInput(attrs=attributes)
    )


class QuestionForm(forms.Form):
    """What the plan must reach, what happens at the same time, and what it must leave alone."""

    tolerance = _percent("Tolerance of potential in per cent", required=True)
    accounts = _percent("Tolerance of the number of accounts in per cent")
    qualified = _percent("Tolerance of qualified accounts in per cent")
    workload = _percent("Tolerance of workload in per cent")
    pipeline = _percent("Tolerance of pipeline in per cent")
    ceiling = _percent("Most workload in per cent of a seat's hours")
    most_moves = _count("Most moves in all")
    most_from = _count("Most moves out of one territory")
    most_into = _count("Most moves into one territory")
    locked = forms.CharField(
        label="Accounts that stay, by id",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "A-1001, A-1002"}),
    )
    gap = _percent("Good enough within, in per cent", most=100)
    seconds = _count("Most seconds", least=1)
    seed = _count("Seed")
    title = forms.CharField(
        label="Name of this plan",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "made of the sentence above, if you give none"}),
    )

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        self._policy = policy
        kwargs["initial"] = {**_initial(policy), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["further"] = forms.CharField(
            label="Further events, a line each as on the command line, or as TOML",
            required=False,
            max_length=20_000,
            widget=forms.Textarea(
                attrs={"rows": 2, "spellcheck": "false", "placeholder": "merge:territories=T03;T04,into=T03"}
            ),
        )
        for row in range(N_EVENTS):
            self.fields[f"event_{row}"] = forms.ChoiceField(
                label=f"Event {row + 1}",
                required=False,
                choices=[("", "nothing"), *((kind, _WORDS.get(kind, kind.replace("-", " "))) for kind in KINDS)],
                widget=forms.Select(attrs={"aria-label": f"Event {row + 1}"}),
            )
            self.fields[f"where_{row}"] = forms.CharField(
                label=f"Territory of event {row + 1}",
                required=False,
                max_length=400,
                widget=forms.TextInput(
                    attrs={
                        "list": "territories",
                        "placeholder": "territory",
                        "aria-label": f"Territory of event {row + 1}",
                    }
                ),
            )
            self.fields[f"size_{row}"] = _percent(f"Size of event {row + 1} in per cent of a full seat")

    def event_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """Yield the fields of each event."""
        for row in range(N_EVENTS):
            yield self[f"event_{row}"], self[f"where_{row}"], self[f"size_{row}"]

    def clean(self) -> dict[str, Any]:
        """Put each event together."""
        values = super().clean() or {}
        try:
            further = spell_events([values.get("further") or ""])
        except InputError as error:
            self.add_error("further", [f"{at}: {said}" for at, said in error.problems.items()])
            further = ()
        values["events"] = (*filter(None, (self._event(row, values) for row in range(N_EVENTS))), *further)
        return values

    def question(self) -> Question:
        """Return what is asked: the entries that differ from the firm's policy, and the events."""
        said, firm = self.cleaned_data, self._policy.values()
        values: dict[str, Any] = {}
        for name, path in {**_SHARES, **_NUMBERS}.items():
            value = said.get(name)
            if value is None:
                value = "off" if name in _OPTIONAL else firm[path]
            elif name in _SHARES:
                value = round(value / 100, 10)
            values[path] = value
        values["moves.locked_accounts"] = split_ids(said.get("locked") or "")
        return Question({path: value for path, value in values.items() if value != firm[path]}, said["events"])

    def _event(self, row: int, values: dict[str, Any]) -> str:
        kind = values.get(f"event_{row}")
        if not kind:
            return ""
        where, size = split_ids(values.get(f"where_{row}") or ""), values.get(f"size_{row}")
        known = {field.name: field for field in fields(cast("Any", KINDS[kind]))}
        settings: dict[str, str] = {}
        if "territories" in known:
            settings["territories"] = ";".join(where)
        elif "territory" in known and len(where) == 1:
            settings["territory"] = where[0]
        if {"territory", "territories"} & set(known) and not any(settings.values()):
            many = "territories" in known
            self.add_error(f"where_{row}", "Say which territories, with commas." if many else "Say which territory.")
            return ""
        if "capacity_share" in known and size:
            settings["capacity_share"] = f"{size / 100:g}"
        missing = [name for name, field in known.items() if field.default is MISSING and name not in settings]
        if missing:
            self.add_error(f"event_{row}", f"Needs {', '.join(missing)} as well: write it below, as further events.")
            return ""
        return f"{kind}{':' * bool(settings)}{','.join(f'{name}={value}' for name, value in settings.items())}"


def split_ids(text: str) -> list[str]:
    """Return the ids in a text, whether by commas, semicolons or lines; each once, in order."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[,;\n]+", text) if part.strip()))


def _initial(policy: Policy) -> dict[str, Any]:
    values = policy.values()
    shown: dict[str, Any] = {}
    for name, path in {**_SHARES, **_NUMBERS}.items():
        value = values[path]
        if value == "off":
            continue
        shown[name] = f"{value * 100:g}" if name in _SHARES else value
    shown["locked"] = ", ".join(values["moves.locked_accounts"])
    return shown
