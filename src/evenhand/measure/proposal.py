"""What the measured cost of moves proposes for the next cycle's policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.diagnose.wording import say_share
from evenhand.measure.cost import ANY, GRADES
from evenhand.measure.windows import PIPELINE, WON

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from evenhand.measure.cost import MoveCost
    from evenhand.policy import Policy

_MOST_RELIEF = 0.5
_SCENARIO = "measured"


@dataclass(frozen=True)
class Proposal:
    """What the measured cost of moves proposes; the firm decides, nothing is in force by itself.

    Attributes
    ----------
    overlay
        Entries by dotted name, and the value proposed; empty where nothing is proposed.
    reasons
        Why, with the interval and what it rests on; why not, for what can't be told.
    """

    overlay: tuple[tuple[str, float | int], ...]
    reasons: tuple[str, ...]

    def as_toml(self, made_on: dt.date) -> str:
        """Write it as a policy file: a scenario that sets the entries, with the evidence as comments."""
        lines = [f"# Proposed on {made_on.isoformat()} from what moves did. Nothing of it is in force: copy the tables"]
        lines += [f"# into the firm's policy, or plan with --scenario {_SCENARIO} to see what it changes.", "#"]
        lines += [f"# - {reason}" for reason in self.reasons]
        lines += [] if self.reasons else ["# - No move has been measured yet."]
        lines += ["" if self.overlay else "#\n# Nothing is proposed."]
        lines += ['name = "proposal"', f"effective_on = {made_on.isoformat()}", 'source = "measured cost of moves"']
        section = ""
        for path, value in self.overlay:
            head, _, name = path.partition(".")
            if head != section:
                section = head
                lines += ["", f"[scenario.{_SCENARIO}.{section}]"]
            lines.append(f"{name} = {value}")
        return "\n".join(lines) + "\n"


def propose(costs: Sequence[MoveCost], policy: Policy) -> Proposal:
    """Turn measured costs into entries of a policy, where they are clear.

    Notes
    -----
    - ``measure.cost_<grade>_cents``: the pipeline that a move of the grade cost, where the interval excludes 0 and the
      placebo finds nothing. Agendas say with it what a plan is expected to cost.
    - ``quotas.ramp_relief_share``: what an inherited account brings less in its first quarter, of what it would have
      brought, over all grades: of the amount won, else of the pipeline created; at most half.

    An effect that may be chance, or rests on too few, proposes nothing and says so.
    """
    overlay: list[tuple[str, float | int]] = []
    reasons = []
    by_key = {(one.grade, one.outcome): one for one in costs}
    for grade in GRADES:
        one = by_key.get((grade, PIPELINE))
        if one is None:
            continue
        reasons.append(one.sentence)
        if one.is_clear and one.value is not None:
            overlay.append((f"measure.cost_{grade}_cents", round(-one.value)))
    relief = next(
        (one for one in (by_key.get((ANY, WON)), by_key.get((ANY, PIPELINE))) if one and one.is_clear and one.share),
        None,
    )
    if relief is not None and relief.share is not None:
        share = round(min(max(-relief.share, 0.0), _MOST_RELIEF), 2)
        if share != policy.quotas.ramp_relief_share:
            overlay.append(("quotas.ramp_relief_share", share))
            reasons.append(
                f"{relief.sentence} That is {say_share(abs(relief.share))} {'less' if relief.share < 0 else 'more'} "
                f"than it would have brought unmoved; the policy relieves {say_share(policy.quotas.ramp_relief_share)}."
            )
    return Proposal(tuple(overlay), tuple(reasons))
