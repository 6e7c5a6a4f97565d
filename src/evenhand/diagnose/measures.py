"""The ten measures of a territory: what each is, in which unit, and what it needs of a book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from evenhand.book.book import Book
from evenhand.diagnose.potential import has_size_facts
from evenhand.diagnose.qualification import has_buying_facts
from evenhand.diagnose.workload import has_workload_facts
from evenhand.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping


class Unit(StrEnum):
    """What a value is counted in."""

    COUNT = "count"
    CENTS = "cents"
    SHARE = "share"
    TIMES = "×"
    POTENTIAL = "potential"


Doubt = Callable[[Book, Policy], str | None]
"""Says why a measure can't be told or judged from a book; None where it can."""


@dataclass(frozen=True)
class Measure:
    """A measure of a territory: a sum, or a sum divided by another, so that it rolls up by adding.

    Attributes
    ----------
    name
        Also the name of its target range in the policy.
    title
        For people.
    numerator, denominator
        Columns of `evenhand.diagnose.holdings.hold`; no denominator for an amount.
    formula
        In words, for "how was this computed?".
    missing
        Why the book can't tell it at all.
    blank
        Why a single territory has none, where its denominator is unknown or 0.
    doubt
        Why the value, though known, can't be held against its range.
    sample
        Column of holdings that counts the deals a rate rests on; with fewer than the policy asks it isn't judged.
    """

    name: str
    title: str
    unit: Unit
    numerator: str
    formula: str
    denominator: str | None = None
    missing: Doubt = lambda _book, _policy: None
    blank: str = ""
    doubt: Doubt = lambda _book, _policy: None
    sample: str | None = None

    @property
    def is_ratio(self) -> bool:
        """True where it doesn't add up over territories."""
        return self.denominator is not None


def _needs(**columns: tuple[str, ...]) -> Doubt:
    """Say which of the tables, and which of their columns, the book lacks."""

    def find(book: Book, _policy: Policy) -> str | None:
        for table, names in columns.items():
            if not book.has(table):
                return f"no {table} in the book"
            absent = [name for name in names if not book.has(table, name)]
            if absent:
                return f"the {table} have no {' and no '.join(name.removesuffix('_cents') for name in absent)}"
        return None

    return find


def _qualified_missing(book: Book, _policy: Policy) -> str | None:
    if has_buying_facts(book) or book.has("accounts", "expansion_potential"):
        return None
    return (
        "nothing in the book says who is buying or could expand "
        "(in_buying_cycle, expansion_potential, last_activity_on, activities or opportunities)"
    )


def _workload_doubt(book: Book, policy: Policy) -> str | None:
    if has_workload_facts(book):
        return None
    return f"no tier and no workload_hours in the book: every account is counted as tier {policy.workload.default_tier}"


def _potential_doubt(book: Book, _policy: Policy) -> str | None:
    if has_size_facts(book):
        return None
    return (
        "no potential, annual_revenue or employees in the book: the score can't tell a large account from a small one"
    )


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        measure.name: measure
        for measure in (
            Measure("accounts", "accounts", Unit.COUNT, "n_accounts", "active accounts of the territory"),
            Measure(
                "qualified",
                "qualified accounts",
                Unit.COUNT,
                "n_qualified",
                "active accounts that fit the ideal customer profile and are buying or could expand",
                missing=_qualified_missing,
            ),
            Measure(
                "potential",
                "revenue potential",
                Unit.POTENTIAL,
                "potential",
                "Σ potential of the active accounts, as given or scored",
                doubt=_potential_doubt,
            ),
            Measure(
                "workload_share",
                "workload",
                Unit.SHARE,
                "workload_hours",
                "Σ hours a year the active accounts need ÷ hours a year of the seat",
                "capacity_hours",
                blank="the seat has no capacity",
                doubt=_workload_doubt,
            ),
            Measure(
                "pipeline_ttm",
                "pipeline generated in twelve months",
                Unit.CENTS,
                "pipeline_ttm_cents",
                "Σ amounts of opportunities created in the twelve months to the book's date",
                missing=_needs(opportunities=("created_on", "amount_cents")),
            ),
            Measure(
                "coverage",
                "pipeline coverage",
                Unit.TIMES,
                "open_pipeline_cents",
                "Σ amounts of open opportunities ÷ quota of the current period",
                "quota_cents",
                missing=_needs(opportunities=("is_closed", "amount_cents"), quotas=("amount_cents",)),
                blank="no quota above zero for the current or a coming period",
            ),
            Measure(
                "active_opportunities",
                "open opportunities",
                Unit.COUNT,
                "n_open",
                "open opportunities of the active accounts",
                missing=_needs(opportunities=("is_closed",)),
            ),
            Measure(
                "deal_size",
                "average deal",
                Unit.CENTS,
                "won_cents",
                "Σ amounts of deals won in the trailing months ÷ their number",
                "n_won_priced",
                missing=_needs(opportunities=("is_closed", "is_won", "closed_on", "amount_cents")),
                blank="no deal won in the trailing months",
                sample="n_won_priced",
            ),
            Measure(
                "win_rate",
                "win rate",
                Unit.SHARE,
                "n_won",
                "deals won ÷ deals closed in the trailing months",
                "n_closed",
                missing=_needs(opportunities=("is_closed", "is_won", "closed_on")),
                blank="no deal closed in the trailing months",
                sample="n_closed",
            ),
            Measure(
                "attainment",
                "quota attainment",
                Unit.SHARE,
                "attained_cents",
                "Σ attained ÷ Σ quota over the periods that closed in the trailing months",
                "closed_quota_cents",
                missing=_needs(quotas=("amount_cents", "attained_cents")),
                blank="no closed period in the trailing months with a quota above zero and an attained amount",
            ),
        )
    }
)
"""In the order in which people read them."""
