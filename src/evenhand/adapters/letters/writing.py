"""Writes the text of a letter: a Markdown template, filled with facts, in the words and numbers of a locale."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import ChoiceLoader, DictLoader, PackageLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from evenhand.adapters.letters.sandbox import Sandbox
from evenhand.foundation.errors import InputError
from evenhand.handoff.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("losing", "gaining", "manager", "introduction", "brief", "follow_up", "statement", "origin")
"""The templates a firm may replace, by `<name>.md.jinja`."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$@])")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What a name can hold unseen: control characters, and marks that turn the direction of what comes after it."""

_FAULTS = (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError)
"""What a template can make go wrong while it is filled: a sum of texts, a macro that calls itself."""

_UNESCAPE = re.compile(r"\\(.)")
_LINE_START = re.compile(r"^(\s*\d*)([-+=.)])")


@dataclass(frozen=True)
class Written:
    """A letter's text.

    Attributes
    ----------
    subject
        The first line, without its mark.
    markdown
        The text as Markdown.
    sources
        Every figure that is stated, as it is written, and where it is from; each once.
    origin
        What stands above the list of the sources, in the language of the templates.
    """

    subject: str
    markdown: str
    sources: tuple[tuple[str, str], ...]
    origin: str

    @property
    def body(self) -> str:
        """The text without its first line, which a mail has as its subject."""
        return self.markdown.partition("\n")[2].lstrip("\n")

    def by_table(self) -> list[tuple[str, list[str]]]:
        """List the sources by what they name first, for instance a file: each record with its figures."""
        found: dict[str, dict[str, list[str]]] = {}
        for shown, source in self.sources:
            table, _, record = source.partition(", ")
            found.setdefault(table, {}).setdefault(record, []).append(shown)
        return [
            (table, [f"{record}: {', '.join(shown)}" if record else ", ".join(shown) for record, shown in of.items()])
            for table, of in found.items()
        ]


class Writer:
    """Fills templates.

    Parameters
    ----------
    currency
        ISO 4217 code of every amount.
    locale
        Of numbers, amounts and dates, for instance ``en_US``.
    templates
        The firm's own, by name; the others are the ones that come with Evenhand.

    Raises
    ------
    InputError
        Naming each template that can't be read, with the line, or that no letter is made of; or an unknown locale.

    Notes
    -----
    Templates run in Jinja's sandbox: they see the facts they are given and nothing else. The text is Markdown, where
    `finalize` escapes what Jinja would not: an account's name can't change the form of a letter.
    """

    def __init__(self, currency: str, locale: str, templates: Mapping[str, str] | None = None) -> None:
        self._currency, self._locale = currency, locale
        self._stated: dict[tuple[str, str], None] = {}
        self._shown: dict[tuple[str, Any], str] = {}
        own = {f"{name}.md.jinja": text for name, text in (templates or {}).items()}
        environment = Sandbox(
            loader=ChoiceLoader([DictLoader(own), PackageLoader("evenhand.adapters.letters", "templates")]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=self._finalize,
            autoescape=False,
        )
        environment.filters["size"] = lambda figure: replace(figure, value=abs(figure.value), unit="share")
        environment.filters["short"] = lambda figure: replace(figure, unit="short day")
        problems = {
            f"{name}.md.jinja": f"is no letter; there are {', '.join(NAMES)}"
            for name in templates or {}
            if name not in NAMES
        }
        for name in own:
            try:
                environment.get_template(name)
            except TemplateSyntaxError as error:
                problems[name] = f"line {error.lineno}: {error.message}"
        try:
            Locale.parse(locale)
        except (ValueError, UnknownLocaleError):
            problems["handoff.locale"] = f"{locale!r} is no locale that is known; write it like en_US"
        if problems:
            raise InputError(problems)
        self._environment = environment

    def write(self, name: str, facts: Mapping[str, Any]) -> Written:
        """Fill one template.

        Raises
        ------
        InputError
            If it asks for something that isn't among the facts.
        """
        self._stated = {}
        text = self._fill(name, facts)
        subject = _UNESCAPE.sub(r"\1", text.partition("\n")[0].lstrip("# "))
        return Written(subject, text, tuple(self._stated), self._origin)

    def _fill(self, name: str, facts: Mapping[str, Any]) -> str:
        self._environment.start()
        try:
            text = self._environment.get_template(f"{name}.md.jinja").render(facts)
        except (TemplateError, *_FAULTS) as error:
            raise InputError({f"{name}.md.jinja": str(error) or type(error).__name__}) from None
        return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

    @cached_property
    def _origin(self) -> str:
        return self._fill("origin", {}).strip()

    def _finalize(self, value: Any) -> str:
        if isinstance(value, Figure):
            shown = self.show(value)
            self._stated[shown, value.source] = None
            return _escape(shown)
        return "" if value is None else _escape(str(value)) if isinstance(value, str) else str(value)

    def show(self, figure: Figure) -> str:
        """Write a figure as the locale does."""
        if figure.unit == "text":
            return str(figure.value)
        key = (figure.unit, figure.value)
        if key not in self._shown:
            self._shown[key] = self._write_figure(figure)
        return self._shown[key]

    def _write_figure(self, figure: Figure) -> str:
        value, locale = figure.value, self._locale
        if figure.unit == "cents":
            digits = "¤#,##0" if value % 100 == 0 else "¤#,##0.00"
            return str(format_currency(value / 100, self._currency, digits, locale=locale, currency_digits=False))
        if figure.unit in ("day", "short day"):
            return str(format_date(value, "long" if figure.unit == "day" else "medium", locale=locale))
        if figure.unit == "share":
            return str(format_percent(value, locale=locale))
        if figure.unit == "change":
            return ("+" if value >= 0 else "−") + str(format_percent(abs(value), locale=locale))
        return str(format_decimal(round(value), locale=locale))


def _escape(text: str) -> str:
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", _UNSEEN.sub("", text.replace("\n", " "))))
