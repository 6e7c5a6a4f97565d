"""The form that connects a system, made of its vendor's table of fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from evenhand.foundation.secret import Secret

if TYPE_CHECKING:
    from evenhand.adapters.sources.connections import Connection
    from evenhand.adapters.sources.form import FormField, Vendor

_SETTING, _SECRET = "set_", "secret_"
EVERY = (
    ("", "never by itself"),
    ("1", "every hour"),
    ("6", "every 6 hours"),
    ("24", "every day"),
    ("168", "every week"),
)


class ConnectionForm(forms.Form):
    """What a vendor asks for; secrets are never shown again, and left as they are where nothing is typed."""

    name = forms.RegexField(
        label="Name",
        regex=r"^[a-z0-9][a-z0-9_-]{0,59}$",
        max_length=60,
        help_text="Small letters, digits, - and _; for instance crm.",
        error_messages={"invalid": "Small letters, digits, - and _; it begins with a letter or digit."},
    )
    every_hours = forms.ChoiceField(
        label="Sync it", choices=EVERY, required=False, help_text="A book is made whenever something has changed."
    )

    def __init__(self, *args: Any, vendor: Vendor, before: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor, self.before = vendor, before
        if before is not None:
            del self.fields["name"]
            self.fields["every_hours"].initial = "" if before.every_hours is None else f"{before.every_hours:g}"
        for asked in vendor.form:
            self.fields[(_SECRET if asked.is_secret else _SETTING) + asked.name] = self._field(asked)

    def _field(self, asked: FormField) -> forms.Field:
        said = self.before.settings.get(asked.name, asked.default) if self.before else asked.default
        text = asked.text
        if asked.only_if:
            text += f" Only for {', '.join(asked.only_if.values())}."
        needed = asked.is_required and not asked.only_if
        if asked.is_secret:
            kept = self.before is not None and asked.name in self.before.secrets
            widget = forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"})
            line = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
            return forms.CharField(
                label=asked.label,
                required=needed and not kept,
                help_text=text + (" Kept encrypted; type a new one to replace it." if kept else " Kept encrypted."),
                widget=widget if asked.name == "private_key" else line,
                max_length=20_000,
            )
        if asked.choices:
            choices = [(one, one) for one in asked.choices]
            return forms.ChoiceField(label=asked.label, choices=choices, initial=said, required=needed, help_text=text)
        return forms.CharField(label=asked.label, initial=said, required=needed, help_text=text, max_length=500)

    def settings(self) -> dict[str, str]:
        """Return the settings that were filled in."""
        return self._said(_SETTING)

    def secrets(self) -> dict[str, Secret]:
        """Return the secrets that were typed."""
        return {name: Secret(text) for name, text in self._said(_SECRET).items()}

    def hours(self) -> float:
        """Return how often it is synced; 0 for never by itself."""
        return float(self.cleaned_data["every_hours"] or 0)

    def blame(self, problems: dict[str, str]) -> None:
        """Put what is wrong beside its field, or above the form."""
        for name, message in problems.items():
            place = next((at for at in (_SETTING + name, _SECRET + name, name) if at in self.fields), None)
            self.add_error(place, message if place else f"{name}: {message}")

    def _said(self, mark: str) -> dict[str, str]:
        given = ((name.removeprefix(mark), value) for name, value in self.cleaned_data.items() if name.startswith(mark))
        return {name: str(value).strip() for name, value in given if str(value).strip()}
