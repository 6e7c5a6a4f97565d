"""What makes a review worth a plan: each trigger answers with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.diagnose.triggers.accounts_lost import find_losses
from evenhand.diagnose.triggers.market_expansion import find_expansion
from evenhand.diagnose.triggers.new_hire import find_new_hires
from evenhand.diagnose.triggers.potential_band import compare_potential
from evenhand.diagnose.triggers.qualified_spread import compare_qualified
from evenhand.diagnose.triggers.trigger import Situation, State, Trigger, TriggerSeverity
from evenhand.diagnose.triggers.vacancy import find_vacancies
from evenhand.diagnose.triggers.win_rate import compare_win_rates

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TRIGGERS", "Situation", "State", "Trigger", "TriggerSeverity", "pull"]

TRIGGERS: tuple[Callable[[Situation], Trigger], ...] = (
    compare_potential,
    compare_qualified,
    compare_win_rates,
    find_vacancies,
    find_new_hires,
    find_losses,
    find_expansion,
)
"""In the order in which people read them."""


def pull(situation: Situation) -> tuple[Trigger, ...]:
    """Ask every trigger."""
    return tuple(ask(situation) for ask in TRIGGERS)
