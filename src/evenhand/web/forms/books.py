"""The form that brings a book in."""

from __future__ import annotations

from typing import Any

from django import forms


class ManyFilesInput(forms.ClearableFileInput):
    """Takes several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files; an empty list where there are none."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Clean each file."""
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files if file]


class BookForm(forms.Form):
    """A book to bring in: files, or a folder on the server."""

    files = ManyFilesField(  # type: ignore[assignment] # Django keeps fields apart from the attribute of that name
        label="Files",
        required=False,
        help_text="CSV, Parquet or Excel files of your tables, or a zip of them. Accounts and territories are needed.",
        widget=ManyFilesInput(attrs={"accept": ".csv,.tsv,.txt,.parquet,.xlsx,.xlsm,.xls,.zip"}),
    )
    server_path = forms.ChoiceField(label="Or a folder on the server", required=False)
    name = forms.CharField(
        label="Name", required=False, max_length=200, help_text="For instance 2026 Q4; else the file's name and today."
    )
    as_of = forms.DateField(
        label="Date of the book",
        required=False,
        help_text="Empty for the latest date in the data.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    currency = forms.CharField(
        label="Currency", required=False, max_length=3, help_text="Three letters, such as USD; empty if the data says."
    )
    mapping = forms.FileField(
        label="Mapping file",
        required=False,
        help_text="Only where your columns have other names: a TOML file that says which is which.",
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )

    def __init__(self, *args: Any, server_paths: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if server_paths:
            field = self.fields["server_path"]
            field.choices = [("", "none"), *((path, path) for path in server_paths)]  # type: ignore[attr-defined]
        else:
            del self.fields["server_path"]

    def clean_mapping(self) -> str:
        """Read the mapping file's text."""
        file = self.cleaned_data["mapping"]
        if not file:
            return ""
        try:
            return str(file.read(1 << 20).decode("utf-8-sig"))
        except UnicodeDecodeError:
            message = "isn't a text file in UTF-8"
            raise forms.ValidationError(message) from None
