"""What must hold over rows and tables at once: spans that overlap, families apart, accounts on groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from evenhand.book.overlaps import check_coverage, check_ownership, check_quotas
from evenhand.foundation.findings import Finding, Severity

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from evenhand.book.intake import Intake

MOST_NAMED = 20
"""Ids listed in the evidence of a finding about whole tables."""


def check_between_tables(intake: Intake, intakes: Mapping[str, Intake], as_of: dt.date) -> None:
    """Run the checks of a table that look at several rows or tables; references are settled before."""
    name = intake.table.name
    for check in ALONE.get(name, ()):
        check(intake)
    for check_beside in BESIDE.get(name, ()):
        check_beside(intake, intakes)
    for check_dated in DATED.get(name, ()):
        check_dated(intake, intakes, as_of)


def check_on_groups(intake: Intake, intakes: Mapping[str, Intake]) -> None:
    """Report accounts on a group of territories: only territories that no other rolls up to carry accounts."""
    territories = intakes.get("territories")
    if territories is None:
        return
    groups = territories.accepted_of("parent_territory_id").to_series().drop_nulls().unique()
    if not len(groups):
        return
    intake.report(
        intake.typed["territory_id"].is_in(groups.implode()),
        "BK416",
        "territory_id",
        "is a group that other territories roll up to",
        "put the account on one of the group's own territories",
    )


def check_families(intake: Intake) -> None:
    """Point out accounts in another territory than their parent: a family moves as one."""
    typed = intake.typed
    if not typed["parent_account_id"].is_not_null().any():
        return
    parents = intake.accepted_of("account_id", "territory_id").select(
        parent_account_id="account_id", __home="territory_id"
    )
    home = typed.select("parent_account_id").join(parents, on="parent_account_id", how="left", maintain_order="left")
    apart = (home["__home"] != typed["territory_id"]).fill_null(value=False) & pl.Series(~intake.rejected)
    intake.report(
        apart,
        "BK413",
        "territory_id",
        "is another territory than the parent account's",
        "a family moves as one, so planning will bring it together; if that is not wanted, empty parent_account_id",
        severity=Severity.WARNING,
    )


def check_empty_territories(intake: Intake, intakes: Mapping[str, Intake]) -> None:
    """Note the territories without an account."""
    territories = intakes.get("territories")
    if territories is None:
        return
    accepted = territories.accepted_of("territory_id", "parent_territory_id")
    groups = accepted["parent_territory_id"].drop_nulls().unique()
    taken = intake.accepted_of("territory_id").to_series().drop_nulls().unique()
    empty = accepted.filter(
        ~pl.col("territory_id").is_in(taken.implode()) & ~pl.col("territory_id").is_in(groups.implode())
    )["territory_id"].sort()
    if not len(empty):
        return
    named = ", ".join(empty.head(MOST_NAMED)) + (", …" if len(empty) > MOST_NAMED else "")
    one = len(empty) == 1
    territories.findings.append(
        Finding(
            "BK415",
            Severity.NOTE,
            "territories.territory_id",
            f"{len(empty):,} {'territory has' if one else 'territories have'} no account: {named}.",
            "a new or vacant seat; nothing to do if that is meant (planning will fill it), else remove the row",
            {"n_rows": len(empty), "values": empty.head(MOST_NAMED).to_list()},
        )
    )


def check_case(intake: Intake) -> None:
    """Point out ids that differ only in case: often one and the same."""
    (key,) = intake.table.key
    ids = intake.typed[key]
    folded = ids.str.to_lowercase()
    if folded.n_unique() == ids.n_unique():
        return
    pair = pl.DataFrame({"id": ids, "folded": folded})
    alike = pair.select(pl.col("id").n_unique().over("folded") > 1).to_series() & ids.is_not_null()
    intake.report(
        alike,
        "BK412",
        key,
        "differs from another id only in upper and lower case",
        "they count as two; if they are one, correct the id at the source",
        severity=Severity.WARNING,
    )


def check_current_owner(intake: Intake, intakes: Mapping[str, Intake], as_of: dt.date) -> None:
    """Point out ownership that contradicts where the account is on the book's date."""
    accounts = intakes.get("accounts")
    if accounts is None:
        return
    homes = accounts.accepted_of("account_id", "territory_id").rename({"territory_id": "__home"})
    home = intake.typed.select("account_id").join(homes, on="account_id", how="left", maintain_order="left")["__home"]
    typed = intake.typed
    current = (typed["starts_on"] <= as_of) & (typed["ends_on"].is_null() | (typed["ends_on"] > as_of))
    layer = _layers(intakes)
    other = (home != typed["territory_id"]) & current & pl.Series(~intake.rejected)
    if layer is not None:
        own = typed.select("territory_id").join(layer, on="territory_id", how="left", maintain_order="left")["layer"]
        of_home = pl.DataFrame({"territory_id": home}).join(
            layer, on="territory_id", how="left", maintain_order="left"
        )["layer"]
        other = other & (own == of_home)
    intake.report(
        other,
        "BK414",
        "territory_id",
        "holds the account today, but the table accounts has it elsewhere",
        "the table accounts counts; end this row's span with ends_on, or correct the account's territory_id",
        severity=Severity.WARNING,
    )


def _layers(intakes: Mapping[str, Intake]) -> pl.DataFrame | None:
    territories = intakes.get("territories")
    if territories is None:
        return None
    return territories.accepted_of("territory_id", "layer").with_columns(pl.col("layer").fill_null(""))


def check_left_reps(intake: Intake, intakes: Mapping[str, Intake], as_of: dt.date) -> None:
    """Point out coverage without an end of reps who have left."""
    reps = intakes.get("reps")
    if reps is None:
        return
    left = reps.accepted_of("rep_id", "left_on")
    gone = intake.typed.select("rep_id").join(left, on="rep_id", how="left", maintain_order="left")["left_on"]
    ends = intake.typed["ends_on"]
    intake.report(
        (gone <= as_of) & (ends.is_null() | (ends > gone)).fill_null(value=True),
        "BK418",
        "rep_id",
        "has left, but the coverage goes on",
        "end the coverage with ends_on on the rep's last day, so that the seat counts as vacant",
        severity=Severity.WARNING,
    )


ALONE: dict[str, tuple[Callable[[Intake], None], ...]] = {
    "territories": (check_case,),
    "reps": (check_case,),
    "accounts": (check_case, check_families),
    "coverage": (check_coverage,),
    "quotas": (check_quotas,),
}
BESIDE: dict[str, tuple[Callable[[Intake, Mapping[str, Intake]], None], ...]] = {
    "accounts": (check_on_groups, check_empty_territories),
    "ownership": (check_ownership,),
}
DATED: dict[str, tuple[Callable[[Intake, Mapping[str, Intake], dt.date], None], ...]] = {
    "ownership": (check_current_owner,),
    "coverage": (check_left_reps,),
}
