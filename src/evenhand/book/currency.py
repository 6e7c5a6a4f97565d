"""The one currency of a book's amounts: named, or seen in the data; several are a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.book.values import as_text
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from evenhand.book.intake import Intake
    from evenhand.book.mapping import SourceMapping
    from evenhand.book.raw import RawTable

DEFAULT = "USD"
CURRENCY_COLUMNS = ("currency", "currency_code", "currencyisocode", "deal_currency_code")
"""Names, in lower case, under which exports say the currency of a row."""


def settle_currency(
    parts: Mapping[str, list[RawTable]], mapping: SourceMapping, currency: str | None
) -> tuple[str, str | None, list[Finding]]:
    """Decide the book's currency.

    Returns
    -------
    currency
        ISO 4217.
    read_signs_of
        The currency whose signs beside amounts are read: only one that somebody named.
    findings
        A note where nobody named it.
    """
    named = currency or mapping.currency
    if named is not None:
        return named, named, []
    seen = {value for tables in parts.values() for part in tables for value in _codes(part.frame)}
    if len(seen) == 1:
        only = seen.pop()
        message = f"The book's currency is {only}, the only one in the data."
        return only, only, [_note(message, only)]
    if seen:
        message = f"The data has amounts in {', '.join(sorted(seen))}, and no currency is named for the book."
        hint = "name one (--currency, or currency = … in the mapping file); rows in others are rejected until converted"
        return DEFAULT, None, [Finding("BK605", Severity.ERROR, "currency", message, hint, {"values": sorted(seen)})]
    message = f"No currency is named, so amounts count as {DEFAULT}."
    return DEFAULT, None, [_note(message, DEFAULT)]


def _note(message: str, currency: str) -> Finding:
    hint = 'say it: --currency EUR, or currency = "EUR" at the top of the mapping file'
    return Finding("BK604", Severity.NOTE, "currency", message, hint, {"value": currency})


def _codes(frame: pl.DataFrame) -> list[str]:
    return [
        str(code)
        for name in frame.columns
        if name.strip().casefold() in CURRENCY_COLUMNS
        for code in frame[name].drop_nulls().unique().to_list()
        if str(code).strip()
    ]


def check_currency(intake: Intake, currency: str) -> None:
    """Report rows whose own currency column names another currency than the book's."""
    for name in intake.raw.columns:
        if name.strip().casefold() not in CURRENCY_COLUMNS:
            continue
        codes = as_text(intake.raw[name]).str.to_uppercase()
        other = ((codes != currency) & (codes.str.len_bytes() > 0)).fill_null(value=False)
        intake.report(
            other,
            "BK507",
            name,
            f"is another currency than the book's ({currency})",
            "convert the amounts to one currency, or admit each currency as a book of its own",
        )
