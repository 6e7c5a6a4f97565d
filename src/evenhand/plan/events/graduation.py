"""Graduation and relegation: accounts that outgrew their segment, or fell below it, go where the new one is covered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from evenhand.diagnose.pools import match_rule
from evenhand.foundation.errors import InputError
from evenhand.foundation.findings import Severity
from evenhand.plan.events.event import Event
from evenhand.plan.events.outcome import count, percent, shorten
from evenhand.plan.events.segments import judge_segments
from evenhand.plan.setting import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.event import Firm
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting

_WAYS = {"up": 1, "down": -1}
_LISTED = 500


@dataclass(frozen=True)
class Graduation(Event):
    """Move accounts past a segment's threshold to territories of the new segment.

    Parameters
    ----------
    way
        up (graduates alone), down (relegated alone), or both.

    Notes
    -----
    Segments and thresholds are those of ``events.segments``, by employees, annual revenue and product usage. With the
    margin h of ``events.segment_hysteresis``, an account graduates from (1 + h) × the threshold on and is relegated
    below (1 − h) × it: in between it stays, so that nobody goes to and fro. A family is judged by its topmost account
    and moves as one. An account has to leave where its territory doesn't take the new segment; it goes only to
    territories that do, taking its part of the quota along.
    """

    way: str = "both"

    kind: ClassVar[str] = "graduation"

    def __post_init__(self) -> None:
        if self.way not in (*_WAYS, "both"):
            raise InputError({"way": f"{self.way!r} must be up, down or both"})

    def claims(self, _firm: Firm, /) -> Mapping[str, str]:
        """Name no seat; it can be there once."""
        return {"the segments of all accounts": "changes them"}

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Change the segments, and send those who have to leave."""
        changed = judge_segments(firm.book, firm.policy)
        if self.way != "both":
            changed = changed.filter(pl.col("way") == _WAYS[self.way])
        changed = changed.join(firm.figures.select("account_id", "territory_id"), on="account_id").sort("account_id")
        takes = self._may_stay(changed, setting, firm)
        sent = []
        for way, verb in ((1, "graduates to"), (-1, "is relegated to")):
            for segment in changed.filter(pl.col("way") == way)["new_segment"].unique().sort():
                leaving = changed.filter(~takes & (pl.col("way") == way) & (pl.col("new_segment") == segment))
                if leaving.height:
                    why = f"It {verb} {segment}"
                    sent.append(Transfer(tuple(leaving["account_id"]), None, has_to_leave=True, why=why))
        return replace(
            setting,
            new_segments=tuple(changed.select("account_id", "new_segment").iter_rows()),
            transfers=(*setting.transfers, *sent),
        )

    def _may_stay(self, changed: pl.DataFrame, setting: Setting, firm: Firm) -> pl.Series:
        """Whether the territory that each account is in takes its new segment."""
        if not firm.policy.moves.match_segment or not changed.height:
            return pl.repeat(value=True, n=changed.height, eager=True)
        rules = changed.select("territory_id").join(
            setting.territories.select("territory_id", "segment"), on="territory_id", how="left", maintain_order="left"
        )["segment"]
        admits = match_rule(changed["new_segment"], rules)
        return pl.Series(np.diagonal(admits).copy(), dtype=pl.Boolean)

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Give the transfer list, who receives how much, and both quotas."""
        new = pl.DataFrame(
            list(outcome.statement.setting.new_segments), schema=["account_id", "segment"], orient="row",
            schema_overrides={"account_id": pl.String, "segment": pl.String},
        )  # fmt: skip
        old = outcome.book.active_accounts.select("account_id", old_segment="segment")
        listed = outcome.accounts.join(new, on="account_id").join(old, on="account_id").sort("account_id")
        margin = percent(outcome.policy.events.segment_hysteresis)
        if not listed.height:
            message = f"No account is past a segment's threshold by {margin}; none graduates or is relegated."
            yield outcome.finding("PL156", "accounts.segment", message)
            return
        kinds = listed.group_by("old_segment", "segment").len().sort("len", "segment", descending=[True, False])
        changes = [f"{n} from {before} to {after}" for before, after, n in kinds.iter_rows()]
        leaving = {a for t in outcome.statement.setting.transfers if t.why.startswith("It ") for a in t.account_ids}
        sent = listed.filter(pl.col("account_id").is_in(list(leaving)))
        moved = sent.filter("moved")
        took = moved.group_by("destination").agg(
            n=pl.len().cast(pl.Int64), potential=pl.col("potential").sum(), hours=pl.col("hours").sum()
        ).sort("hours", "destination", descending=[True, False])  # fmt: skip
        parts = [self._say_receiver(outcome, *row) for row in took.iter_rows()]
        gave = [f"{seat} {quota}" for seat in moved["origin"].unique().sort() if (quota := outcome.say_quota(seat))]
        goes = (
            f"{count(moved.height, 'account')} {'goes' if moved.height == 1 else 'go'} to territories of the new "
            f"segment, because the old ones don't take it ({outcome.say_grades(moved)}); "
            f"{count(listed.height - sent.height, 'account')} may stay where they are."
            if sent.height
            else "None has to move for that: their territories take the new segment as well."
        )
        message = (
            f"{count(listed.height, 'account')} past a threshold by more than {margin} "
            f"{'changes its' if listed.height == 1 else 'change their'} segment: {shorten(changes)}. {goes}"
            + (f" {shorten(parts)}." if parts else "")
            + (f" Those who give: {shorten(gave, 6)}." if gave else "")
        )
        rows = listed.select("account_id", "old_segment", "segment", "origin", "destination").head(_LISTED)
        yield outcome.finding("PL156", "accounts.segment", message, n=listed.height, transfers=rows.to_dicts())
        stuck = sent.filter(~pl.col("moved"))["account_id"].to_list()
        if stuck:
            message = (
                f"{count(len(stuck), 'account')} may go to no territory of the new segment: {', '.join(stuck[:20])}."
            )
            yield outcome.finding("PL157", "accounts.segment", message, Severity.WARNING, account_ids=stuck[:_LISTED])

    def _say_receiver(self, outcome: Outcome, seat: str, n: int, potential: float, hours: float) -> str:
        own, quota = outcome.seats[seat], outcome.say_quota(seat)
        return (
            f"{seat} takes {count(n, 'account')} worth {potential:,.0f}, {hours:,.0f} hours "
            f"({percent(own['load_before'])} of its hours used before, {percent(own['load_after'])} after"
            f"{f'; {quota}' if quota else ''})"
        )
