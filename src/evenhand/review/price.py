"""What honouring a flag costs: moves by grade, balance, quota, and which account would go instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.diagnose.wording import say_count
from evenhand.plan.grades import GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAME = 1e-6


@dataclass(frozen=True)
class Shift:
    """An account that would be elsewhere than the plan has it.

    Attributes
    ----------
    role
        ``flagged`` (what the flag is about), ``instead`` (would move now), ``stays`` (would no longer move) or
        ``elsewhere`` (would move to another territory than planned).
    """

    account_id: str
    name: str
    home: str
    planned: str
    priced: str
    grade: str
    role: str


@dataclass(frozen=True)
class Price:
    """The price of a flag, or of some together.

    Attributes
    ----------
    flag_ids
        What it is for.
    moves
        More accounts that move, by grade; fewer where negative.
    violation_before, violation_after
        Σ of the distance outside the bands ÷ target, of the whole plan.
    cost
        What it adds to the misfit (alignment).
    quota_cents
        More quota that territories would hold, by territory; less where negative. Relief and pipeline kept are not in
        it: the bridge of the new plan says it to the cent.
    balance
        Load ÷ target of every measure with a band before and after, of the territories that change.
    shifts
        Who would be elsewhere.
    territories
        Among which it was looked for; everything else stays as planned.
    is_least
        Whether no cheaper plan among these territories exists, to the gap of the policy.
    fault
        Why it can't be honoured at all; empty where it can.
    """

    flag_ids: tuple[str, ...]
    moves: Mapping[str, int]
    violation_before: float
    violation_after: float
    cost: float
    quota_cents: Mapping[str, int]
    balance: tuple[tuple[str, str, float, float], ...]
    shifts: tuple[Shift, ...]
    territories: tuple[str, ...]
    is_least: bool
    fault: str = ""

    @property
    def keeps_bands(self) -> bool:
        """Whether the bands are no worse than in the plan."""
        return not self.fault and self.violation_after <= self.violation_before + _SAME

    @property
    def rank(self) -> tuple[float, ...]:
        """Cheapest first: bands, then high, medium and low moves, then misfit."""
        worse = max(0.0, self.violation_after - self.violation_before)
        by_grade = (float(self.moves[grade]) for grade in reversed(GRADES))
        return (float(bool(self.fault)), worse if worse > _SAME else 0.0, *by_grade, self.cost)

    @property
    def words(self) -> str:
        """A sentence for whoever decides."""
        if self.fault:
            return self.fault
        parts = []
        changes = [(self.moves[grade], grade) for grade in reversed(GRADES) if self.moves[grade]]
        parts += [f"{_signed(n)} {say_count(abs(n), f'{grade} move').split(' ', 1)[1]}" for n, grade in changes]
        worse = self.violation_after - self.violation_before
        if not self.keeps_bands:
            parts.append(f"{worse:.1%} of a target outside the bands".replace("%", " %"))
        elif worse < -_SAME:
            parts.append("the bands are met better than in the plan")
        said = ", ".join(parts) if parts else "No move more"
        going = [shift for shift in self.shifts if shift.role == "instead"]
        if going:
            names = ", ".join(f"{shift.account_id} ({shift.home} to {shift.priced})" for shift in going[:3])
            more = f" and {len(going) - 3} more" if len(going) > 3 else ""
            said += f"; {names}{more} would go instead"
        return f"{said}."

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return {
            "flag_ids": list(self.flag_ids),
            "words": self.words,
            "keeps_bands": self.keeps_bands,
            "moves": dict(self.moves),
            "violation_before": self.violation_before,
            "violation_after": self.violation_after,
            "cost": self.cost,
            "quota_cents": dict(self.quota_cents),
            "balance": [
                {"territory_id": territory, "measure": measure, "before": before, "after": after}
                for territory, measure, before, after in self.balance
            ],
            "shifts": [vars(shift) for shift in self.shifts],
            "territories": list(self.territories),
            "is_least": self.is_least,
            "fault": self.fault,
        }


def refuse_price(flag_ids: tuple[str, ...], violation: float, fault: str) -> Price:
    """Return the price of a flag that can't be honoured."""
    return Price(flag_ids, dict.fromkeys(GRADES, 0), violation, violation, 0.0, {}, (), (), (), True, fault)


def _signed(number: int) -> str:
    return f"{number:+d}".replace("-", "\N{MINUS SIGN}")
