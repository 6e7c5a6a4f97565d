"""A merger: several territories become one, or several teams balance as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from evenhand.diagnose.seats import climb
from evenhand.foundation.errors import InputError
from evenhand.plan.events.event import Event, Firm
from evenhand.plan.events.named import accounts_of, check_shares, find_seats, has_seat, open_seat, unite_rules
from evenhand.plan.events.outcome import as_evidence, count, join_words, percent, shorten
from evenhand.plan.setting import Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evenhand.foundation.findings import Finding
    from evenhand.plan.events.outcome import Outcome
    from evenhand.plan.setting import Setting


@dataclass(frozen=True)
class Merge(Event):
    """Make one territory of several, or let the seats of several teams pass accounts between them.

    Parameters
    ----------
    territories
        Seats; or groups of territories (teams), whose seats are merged into one team.
    into
        The one that stays (or a new seat). It takes whatever one of them took.
    capacity_share
        Of the merged seat; 0: the sum of those merged, so that nobody else is touched.

    Notes
    -----
    *Seats.* Every account of the others goes to `into`, whose rep, and whose quota with what the accounts bring, is
    stated. With a smaller `capacity_share` than the sum, the accounts may also go elsewhere, as its band asks.
    *Teams.* The seats of all the teams take the regions and verticals of any of them; segments stay apart. No account
    moves for that alone: the plan balances them as one team.
    """

    territories: tuple[str, ...]
    into: str
    capacity_share: float = 0.0

    kind: ClassVar[str] = "merge"

    def __post_init__(self) -> None:
        problems = check_shares("capacity_share", (self.capacity_share,)) if self.capacity_share else {}
        if len(set(self.territories)) < 2:
            problems["territories"] = "names fewer than two different ones; a merger needs two"
        if problems:
            raise InputError(problems)

    def claims(self, firm: Firm, /) -> Mapping[str, str]:
        """Name those it empties and the one it fills; of teams, all their seats."""
        if self._is_of_teams(firm):
            return dict.fromkeys(self._seats_of_teams(firm)["territory_id"], "merges its team")
        others = dict.fromkeys(self.territories, f"merges it into {self.into}")
        return {**others, self.into: "merges others into it"}

    def apply(self, setting: Setting, firm: Firm, /) -> Setting:
        """Send the accounts, or unite the rules."""
        return self._merge_teams(setting, firm) if self._is_of_teams(firm) else self._merge_seats(setting, firm)

    def _is_of_teams(self, firm: Firm) -> bool:
        groups = set(firm.book.territories["parent_territory_id"].drop_nulls())
        return all(territory_id in groups for territory_id in self.territories)

    def _seats_of_teams(self, firm: Firm) -> pl.DataFrame:
        """Return territory_id and team of every seat of the teams."""
        return (
            climb(firm.book.territories)
            .filter(pl.col("ancestor_id").is_in(list(self.territories)))
            .join(firm.book.seats.select("territory_id"), on="territory_id")
            .select("territory_id", team="ancestor_id")
            .sort("territory_id", "team")
        )

    def _merge_seats(self, setting: Setting, firm: Firm) -> Setting:
        rows = find_seats(setting, list(self.territories))
        if len({row["layer"] for row in rows}) > 1:
            raise InputError(
                {f"merge into {self.into}": "joins territories of several layers; an account has an owner in each"}
            )
        capacity = self.capacity_share or sum(row["capacity_share"] for row in rows)
        hours = sum(row["capacity_hours"] for row in rows)
        whole = sum(row["capacity_share"] for row in rows)
        hours = hours * capacity / whole if whole else hours
        rules = unite_rules(rows)
        if has_seat(setting, self.into):
            find_seats(setting, [self.into])
        else:
            setting = open_seat(setting, firm, self.into, like=self.territories[0], capacity_share=capacity)
        others = [territory_id for territory_id in self.territories if territory_id != self.into]
        setting = setting.with_changes([self.into], capacity_share=capacity, capacity_hours=hours, **rules)
        setting = setting.with_changes(others, is_emptied=True)
        to = None if self.capacity_share else (self.into,)
        sent = [
            Transfer(accounts_of(firm, [other]), to, has_to_leave=True, why=f"{other} merges into {self.into}")
            for other in others
        ]
        return replace(setting, transfers=(*setting.transfers, *sent))

    def _merge_teams(self, setting: Setting, firm: Firm) -> Setting:
        members = self._seats_of_teams(firm)["territory_id"].unique().sort().to_list()
        rows = find_seats(setting, members)
        return setting.with_changes(members, **unite_rules(rows, ("vertical", "region")))

    def tell(self, outcome: Outcome) -> Iterator[Finding]:
        """Say what the merged territory or team is: rep, capacity, accounts, load, quota."""
        if self.into in outcome.seats and set(self.territories) <= set(outcome.seats):
            yield self._tell_seats(outcome)
        else:
            yield self._tell_teams(outcome)

    def _tell_seats(self, outcome: Outcome) -> Finding:
        others = [territory_id for territory_id in self.territories if territory_id != self.into]
        (row,) = find_seats(outcome.statement.setting, [self.into])
        came = outcome.accounts.filter((pl.col("destination") == self.into) & pl.col("moved"))
        took = outcome.receivers(others)
        own = outcome.seats[self.into]
        elsewhere = [
            f"{seat} takes {count(n, 'account')}, {hours:,.0f} hours"
            for seat, n, _, hours in took.iter_rows()
            if seat != self.into
        ]
        reps = [outcome.name_rep(seat) for seat in others if outcome.rep_of(seat)]
        stays = outcome.rep_of(self.into)
        owner = f" It stays with {stays}." if stays and stays != self.into else ""
        free = f" {join_words(reps)} no longer {'has' if len(reps) == 1 else 'have'} a territory." if reps else ""
        quota = outcome.say_quota(self.into)
        brought = [f"{theirs} of {seat}" for seat in others if (theirs := outcome.say_opening_quota(seat))]
        if quota and brought:
            quota += f", {join_words(brought)} going along with the accounts"
        n_held = int((outcome.accounts["destination"] == self.into).sum())
        message = (
            f"{join_words(others)} {'merges' if len(others) == 1 else 'merge'} into {self.into}, which receives "
            f"{count(came.height, 'account')} ({outcome.say_grades(came)}) and then has {n_held:,} worth "
            f"{own['potential_after']:,.0f} and capacity {row['capacity_share']:g} of a full seat; "
            f"{percent(own['load_after'])} of its hours are used{f'; {quota}' if quota else ''}.{owner}{free}"
            + (f" {shorten(elsewhere)}." if elsewhere else "")
        )
        return outcome.finding("PL153", self.into, message, n_accounts=came.height, receivers=as_evidence(took))

    def _tell_teams(self, outcome: Outcome) -> Finding:
        firm = Firm(outcome.book, outcome.accounts, outcome.policy)
        members = self._seats_of_teams(firm)
        team_of = dict(members.iter_rows())
        moved = outcome.accounts.filter("moved").with_columns(
            **{
                f"{end}_team": pl.col(end).replace_strict(team_of, default=None, return_dtype=pl.String)
                for end in ("origin", "destination")
            }
        )
        across = moved.filter(pl.col("origin_team") != pl.col("destination_team"))
        held = outcome.accounts.with_columns(
            team=pl.col("origin").replace_strict(team_of, default=None, return_dtype=pl.String)
        )
        before = [
            f"{team} has {count(members.filter(pl.col('team') == team).height, 'seat')} and "
            f"{count(held.filter(pl.col('team') == team).height, 'account')}"
            for team in sorted(set(self.territories))
        ]
        message = (
            f"The teams {join_words(sorted(self.territories))} become one, {self.into}: {'; '.join(before)}. Its "
            f"{members.height} seats may take each other's accounts; {count(across.height, 'account')} "
            f"{'goes' if across.height == 1 else 'go'} from one to another to bring all into their bands "
            f"({outcome.say_grades(across)})."
        )
        return outcome.finding("PL153", self.into, message, n_accounts=across.height, seats=members.height)
