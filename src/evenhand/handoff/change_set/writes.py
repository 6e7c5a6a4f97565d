"""The writes of one vendor that a change set comes to, in the order in which they are made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.foundation.errors import InputError
from evenhand.handoff.change_set.vendors import PRESENT, VENDORS, Form, WriteRule

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Write:
    """One value of one record that is to be another.

    Attributes
    ----------
    object, id, field
        The vendor's. An association is named ``<record>|<what it is with>``, a quota ``<territory>|<first day>``.
    before
        What the plan takes it for; null: nothing there.
    after
        What it is to be.
    on
        Not before this day.
    order
        Within the day.
    needs
        The key of the write that has to be done first; "" for none.
    is_optional
        Nothing is written where the field is empty: the firm doesn't use it.
    """

    object: str
    id: str
    field: str
    before: str | None
    after: str | None
    on: dt.date
    order: int
    needs: str = ""
    is_optional: bool = False

    @property
    def key(self) -> str:
        """What names it for ever, on whatever day it is made."""
        return "\t".join((self.object, self.id, self.field, self.before or "", self.after or ""))


def list_writes(
    changes: pl.DataFrame, vendor: str, fields: Mapping[tuple[str, str], str] | None = None
) -> tuple[Write, ...]:
    """Turn a change set into a vendor's writes, in the order in which they are made.

    Parameters
    ----------
    changes
        See `CHANGES_SCHEMA`. Changes that the vendor has no place for are left out.
    vendor
        Of `VENDORS`.
    fields
        Names of the firm's own: (our object, our field) → the vendor's field; "" where the firm has none, and nothing
        is written.

    Returns
    -------
    tuple[Write, ...]
        By day, then in the order of the vendor's table, then by record.

    Raises
    ------
    InputError
        If the same value of the same record is to change twice on one day.
    """
    rules = VENDORS.get(vendor)
    if rules is None:
        raise InputError({"vendor": f"no change set can be written to {vendor}; known: {', '.join(sorted(VENDORS))}"})
    twice = changes.group_by("object", "id", "field", "on").agg(n=pl.len()).filter(pl.col("n") > 1)
    if twice.height:
        row = twice.sort("object", "id").row(0, named=True)
        raise InputError(
            {"changeset.jsonl": f"{row['object']} {row['id']}: {row['field']} changes twice on {row['on']}"}
        )
    found: list[Write] = []
    for order, rule in enumerate(rules):
        mine = changes.filter((pl.col("object") == rule.object) & (pl.col("field") == rule.field))
        field = (fields or {}).get((rule.object, rule.field), rule.their_field)
        if not field:
            continue
        found += (write for row in mine.iter_rows(named=True) if (write := _write(row, rule, field, order)))
    return tuple(sorted(found, key=lambda write: (write.on, write.order, write.id)))


def _write(row: Mapping[str, object], rule: WriteRule, field: str, order: int) -> Write | None:
    record, before, after = str(row["id"]), _text(row["before"]), _text(row["after"])
    on = row["on"]
    assert isinstance(on, dt.date)  # noqa: S101 - the schema says so
    if rule.form is Form.SET:
        return Write(rule.their_object, record, field, before, after, on, order, is_optional=rule.is_optional)
    joined = None if after is None else Write(
        rule.their_object, f"{record}|{after}", field, None, PRESENT, on, order
    )  # fmt: skip
    if rule.form is Form.JOIN:
        return joined
    if before is None:
        return None
    needs = "" if joined is None else joined.key
    return Write(rule.their_object, f"{record}|{before}", field, PRESENT, None, on, order, needs)


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
