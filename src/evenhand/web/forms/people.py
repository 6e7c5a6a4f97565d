"""Forms about people: inviting, accepting, changing a role, tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from evenhand.adapters.store.models import User
from evenhand.app.roles import ROLES

ROLE_CHOICES = [(str(role), f"{entry.title}: {entry.text}") for role, entry in ROLES.items()]
SCOPES = (("read", "read"), ("write", "read and change"))


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=ROLE_CHOICES, initial="manager")
    rep_id = forms.CharField(
        label="Rep id in the books",
        required=False,
        max_length=200,
        help_text="For managers and reps: it decides which territories they see.",
    )

    def clean_email(self) -> str:
        """Refuse someone who is here already."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email=email).exists():
            message = "This person is here already; change the role in the list."
            raise forms.ValidationError(message)
        return email

    def clean(self) -> dict[str, Any]:
        """Ask for the rep id where the role needs it."""
        return _ask_rep_id(self, super().clean() or {})


class RoleForm(forms.Form):
    """What someone is from now on."""

    role = forms.ChoiceField(choices=[(str(role), entry.title) for role, entry in ROLES.items()])
    rep_id = forms.CharField(label="Rep id", required=False, max_length=200)
    is_active = forms.BooleanField(label="may sign in", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for the rep id where the role needs it."""
        return _ask_rep_id(self, super().clean() or {})


class AcceptForm(forms.Form):
    """Accepting an invitation."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters; a sentence is good.",
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password(self) -> str:
        """Refuse passwords that are guessed at once."""
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self._email, name=self.cleaned_data.get("name", "")))
        return password


class TokenForm(forms.Form):
    """A token for programs."""

    name = forms.CharField(label="What is it for?", max_length=100)
    scope = forms.ChoiceField(label="It may", choices=SCOPES)
    days = forms.IntegerField(label="For how many days?", min_value=1, max_value=730, initial=90)


def _ask_rep_id(form: forms.Form, values: dict[str, Any]) -> dict[str, Any]:
    if values.get("role") in {"manager", "rep"} and not values.get("rep_id"):
        form.add_error("rep_id", "Needed for this role: without it no territory is shown.")
    return values
