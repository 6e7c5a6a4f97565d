"""The form that saves a source."""

from __future__ import annotations

from typing import Any

from django import forms


class SourceForm(forms.Form):
    """A folder on the server that books are brought in from again and again."""

    name = forms.CharField(label="Name", max_length=100, help_text="For instance Salesforce, nightly export.")
    server_path = forms.ChoiceField(label="Folder on the server")
    mapping_name = forms.ChoiceField(
        label="Mapping",
        required=False,
        help_text="The latest version of it is used. None: the columns have a book's names.",
    )
    currency = forms.CharField(
        label="Currency", required=False, max_length=3, help_text="Three letters, such as USD; empty if the data says."
    )

    def __init__(self, *args: Any, server_paths: list[str], mappings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["server_path"].choices = [(path, path) for path in server_paths]  # type: ignore[attr-defined]
        choices = [("", "none"), *((name, name) for name in mappings)]
        self.fields["mapping_name"].choices = choices  # type: ignore[attr-defined]

    def clean_currency(self) -> str:
        """Write it in capitals."""
        text = str(self.cleaned_data["currency"]).strip().upper()
        if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
            message = "Three letters, such as USD."
            raise forms.ValidationError(message)
        return text
