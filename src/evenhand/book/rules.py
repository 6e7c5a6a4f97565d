"""What must hold within a row: a table of rules, from the columns' own ranges and a few across columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.tables import MOST_MONEY, TABLES, Column, Kind, Table
from evenhand.book.values import as_text
from evenhand.foundation.findings import Severity

if TYPE_CHECKING:
    import datetime as dt

    from evenhand.book.intake import Intake


@dataclass(frozen=True)
class Rule:
    """One thing that must hold in every row of a table.

    Attributes
    ----------
    column
        The column it is reported under, by its name in `evenhand.book.tables`.
    wrong
        True where a row breaks it; null counts as False.
    what
        What is wrong, to follow the column and its value.
    hint
        What is allowed and how to fix it.
    """

    code: str
    table: str
    column: str
    wrong: pl.Expr
    what: str
    hint: str
    severity: Severity = Severity.ERROR


def column_rules(table: Table) -> list[Rule]:
    """Return the rules that a table's columns and spans of dates imply."""
    rules: list[Rule] = []
    for column in table.columns:
        value = pl.col(column.book_name)
        if column.required:
            rules.append(
                Rule(
                    "BK301",
                    table.name,
                    column.name,
                    value.is_null(),
                    "has no value",
                    f"every row of {table.name} needs {column.name}: {column.text[0].lower()}{column.text[1:]} "
                    "Fill it in at the source, or derive it in the mapping file; until then the rows stay out",
                )
            )
        rules.extend(_range_rules(table, column, value))
        if column.allowed:
            words = ", ".join(column.allowed)
            rules.append(
                Rule(
                    "BK322",
                    table.name,
                    column.name,
                    ~value.is_in(list(column.allowed)),
                    "is not one of the values allowed",
                    f"allowed: {words}. Map others: add to the mapping file:\n"
                    f'[tables.{table.name}.values.{column.name}]\n"{{value}}" = "{column.allowed[0]}"',
                )
            )
    for first, second in table.spans:
        rules.append(
            Rule(
                "BK501",
                table.name,
                second,
                pl.col(first) > pl.col(second),
                f"comes before {first}",
                f"{second} may not come before {first}; correct whichever is wrong",
            )
        )
    return rules


def _range_rules(table: Table, column: Column, value: pl.Expr) -> list[Rule]:
    rules: list[Rule] = []
    cents = 100.0 if column.kind is Kind.MONEY else 1.0
    allowed = f"allowed: {column.low:,.15g} to {column.high:,.15g}" if column.low is not None and column.high else ""
    if column.low is not None:
        what = "is negative" if column.low == 0 else f"is below {column.low:g}"
        hint = f"{allowed}; correct it, or leave it empty"
        rules.append(Rule("BK315", table.name, column.name, value < column.low * cents, what, hint))
    if column.high is not None:
        what = "is absurdly large" if column.high >= MOST_MONEY else f"is above {column.high:,.15g}"
        hint = f"{allowed}; correct it, or leave it empty"
        rules.append(Rule("BK315", table.name, column.name, value > column.high * cents, what, hint))
    return rules


def dated_rules(as_of: dt.date) -> tuple[Rule, ...]:
    """Return the rules across columns, and those that depend on the book's date."""
    later = f"the book is of {as_of.isoformat()}: correct the date, or admit with a later --as-of"

    def after(table: str, column: str, only: pl.Expr | None = None) -> Rule:
        wrong = pl.col(column) > as_of
        return Rule(
            "BK505",
            table,
            column,
            wrong if only is None else wrong & only,
            "is after the book's date",
            later,
            Severity.WARNING,
        )

    return (
        Rule(
            "BK502",
            "opportunities",
            "is_won",
            pl.col("is_won") & ~pl.col("is_closed"),
            "is true where is_closed is false",
            "a won opportunity is a closed one; correct is_closed or is_won",
        ),
        Rule(
            "BK503",
            "opportunities",
            "closed_on",
            pl.col("is_closed") & pl.col("closed_on").is_null(),
            "has no value though the opportunity is closed",
            "without its date a closed opportunity counts in no period; fill it in at the source",
            Severity.WARNING,
        ),
        Rule(
            "BK506",
            "opportunities",
            "closed_on",
            ~pl.col("is_closed") & (pl.col("closed_on") < as_of),
            "is past though the opportunity is open",
            "an overdue expected date; have the rep move it or close the opportunity",
            Severity.NOTE,
        ),
        Rule(
            "BK509",
            "opportunities",
            "is_closed",
            pl.col("is_closed").is_null(),
            "has no value, so it is neither open nor closed",
            "fill in is_closed (and is_won), or say in [stages] of the mapping file which stages are closed",
            Severity.WARNING,
        ),
        after("opportunities", "created_on"),
        after("opportunities", "closed_on", pl.col("is_closed")),
        after("activities", "happened_on"),
        after("ownership", "starts_on"),
        after("accounts", "created_on"),
        after("accounts", "last_activity_on"),
        after("transfer_requests", "requested_on"),
    )


OF_ONE_VALUE = ("BK315", "BK322")
"""Rules that one value breaks by itself."""

COLUMN_RULES: dict[str, list[Rule]] = {table.name: column_rules(table) for table in TABLES.values()}


def check_rows(intake: Intake, as_of: dt.date | None, empty_if_bad: tuple[str, ...] = ()) -> None:
    """Report every row of a table that breaks a rule.

    Parameters
    ----------
    empty_if_bad
        Columns that are emptied where a value of theirs is out of range or not allowed, instead of rejecting the row.

    Notes
    -----
    A value that could not be read is null here and was reported then: required columns are reported as empty
    only where the source has nothing.
    """
    dated = dated_rules(as_of) if as_of is not None else ()
    rules = [*COLUMN_RULES[intake.table.name], *(rule for rule in dated if _applies(rule, intake))]
    rules.sort(key=lambda rule: rule.severity is not Severity.ERROR)
    if not rules or not intake.raw.height:
        return
    broken = intake.typed.lazy().select(rule.wrong.alias(str(i)) for i, rule in enumerate(rules)).collect()
    for i, rule in enumerate(rules):
        wrong = broken[str(i)]
        if rule.code == "BK301" and wrong.any() and rule.column in intake.spelled:
            wrong = wrong & ~_has_text(intake, rule.column)
        if rule.code in OF_ONE_VALUE and rule.column in empty_if_bad:
            what = f"{rule.what}; left empty, as the mapping says"
            intake.report(wrong, "BK325", rule.column, what, rule.hint, severity=Severity.WARNING)
            intake.empty(rule.column, wrong)
            continue
        intake.report(wrong, rule.code, rule.column, rule.what, rule.hint, severity=rule.severity)


def _applies(rule: Rule, intake: Intake) -> bool:
    """Say whether a rule is for the table; one about a missing value only where the source has the column at all."""
    if rule.table != intake.table.name:
        return False
    book_names = {column.name: column.book_name for column in intake.table.columns}
    return rule.code != "BK509" or intake.typed[book_names[rule.column]].is_not_null().any()


def _has_text(intake: Intake, column: str) -> pl.Series:
    """(n,) True where the source has text in the column: what could not be read was reported already."""
    return as_text(intake.original(column)).is_not_null()
