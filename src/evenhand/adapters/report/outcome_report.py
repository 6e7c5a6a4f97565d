"""The page of an outcome: whether the plan was kept, what became of its accounts, and what moving them did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from evenhand.adapters.report.before_after_chart import BeforeAfterChart, ChartRow
from evenhand.adapters.report.diagnosis_intervals import IntervalChart, IntervalRow
from evenhand.adapters.report.figures import MINUS, format_number
from evenhand.adapters.report.headline import KeyFigure
from evenhand.adapters.report.measures import Measure
from evenhand.adapters.report.page import render_page
from evenhand.adapters.report.strip_scale import StripScale, lay_ticks, round_step
from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
from evenhand.diagnose import MEASURES
from evenhand.diagnose.wording import say_money, say_share, say_value
from evenhand.measure.cost import ANY
from evenhand.measure.follow_up import State
from evenhand.measure.summary import say_effects, say_headline
from evenhand.measure.windows import ACTIVITIES, OUTCOMES, PIPELINE, WON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evenhand.book.book import Book
    from evenhand.measure.cost import MoveCost
    from evenhand.measure.outcome import Outcome
    from evenhand.measure.proposal import Proposal
    from evenhand.measure.shapes import ShapeChange

MOST_ROWS = 60
_MOST_TICKS = 7
_TITLES = {PIPELINE: "Pipeline created", WON: "Amount won", ACTIVITIES: "Activities"}


@dataclass(frozen=True)
class BalanceRow:
    """How one measure varied between seats, book by book."""

    title: str
    cells: list[str]
    widest: str


def render_outcome_report(
    outcome: Outcome, costs: Sequence[MoveCost], proposal: Proposal, book: Book, *, is_part: bool = False
) -> str:
    """Render an outcome as one self-contained HTML page, the same to the byte for the same arguments.

    Parameters
    ----------
    costs
        Over this and earlier cycles.
    book
        The newer one.
    is_part
        Only the content, for a page of the workspace.
    """
    names = TerritoryNames(book)
    followed = outcome.followed.filter(pl.col("state") != State.WORKED)
    dates = sorted(outcome.balance["as_of"].unique())
    return render_page(
        "outcome.html.jinja",
        is_part=is_part,
        title=f"Did it work? {outcome.moved_on.isoformat()} to {outcome.comparison.window.ends_on.isoformat()}",
        outcome=outcome,
        headline=say_headline(outcome),
        key_figures=_key_figures(outcome),
        names=names,
        trouble=followed.head(MOST_ROWS).to_dicts(),
        n_trouble=followed.height,
        off_plan=_off_plan(outcome),
        effect_charts=[chart for name in OUTCOMES if (chart := _effect_chart(outcome, name)) is not None],
        effect_sentences=say_effects(outcome),
        balance_tables=[
            (
                one.grade,
                _TITLES[one.outcome],
                [(row.name, f"{row.before:+.2f}", f"{row.after:+.2f}") for row in one.balance],
            )
            for one in outcome.comparison.effects
        ],
        cost_chart=_cost_chart(costs, outcome.currency),
        costs=[one for one in costs if one.grade != ANY],
        proposal=proposal,
        shape_charts=[
            strip for change in outcome.shapes if (strip := _shape_chart(change, outcome, names)) is not None
        ],
        shapes=[(MEASURES[one.measure].title, one.sentence) for one in outcome.shapes],
        dates=[day.isoformat() for day in dates],
        balance=_balance_rows(outcome, dates, names),
        money=lambda cents: say_money(cents, outcome.currency),
        say_share=say_share,
    )


def _key_figures(outcome: Outcome) -> list[KeyFigure]:
    n = outcome.followed.height
    states = dict(outcome.followed["state"].value_counts().iter_rows())
    worked = states.get(State.WORKED, 0)
    lost = sum(states.get(state, 0) for state in (State.LATE, State.DROPPED))
    figures = [
        KeyFigure("Moved accounts worked", f"{worked:,}", note=f"of {n:,}", tone="good" if n and worked == n else ""),
        KeyFigure("Late or dropped", f"{lost:,}", note="no sign of life since", tone="bad" if lost else "good"),
    ]
    kept = outcome.kept
    if kept is not None and kept.moved_share is not None:
        figures.append(KeyFigure("Moves carried out", say_share(kept.moved_share), note="of accounts still there"))
    for row in outcome.team.iter_rows(named=True):
        if row["figure"].startswith("attainment") and "within range" in row["figure"] and row["after"] is not None:
            before = None if row["before"] is None else say_share(row["before"])
            figures.append(KeyFigure("Seats within attainment range", say_share(row["after"]), before=before))
            break
    return figures


def _off_plan(outcome: Outcome) -> list[dict[str, object]]:
    if outcome.kept is None:
        return []
    return outcome.kept.accounts.filter(~pl.col("state").is_in(["kept", "gone"])).head(MOST_ROWS).to_dicts()


def _effect_chart(outcome: Outcome, name: str) -> IntervalChart | None:
    rows = [
        (
            f"Grade {one.grade}",
            one.effect.value,
            one.effect.low,
            one.effect.high,
            f"{one.effect.n_moved:,} moved" + ("" if one.holds else "; placebo fails"),
        )
        for one in outcome.comparison.effects
        if one.outcome == name
    ] + [
        (f"Grade {one.grade}, placebo", one.placebo.value, one.placebo.low, one.placebo.high, "should hold 0")
        for one in outcome.comparison.effects
        if one.outcome == name
    ]
    about = (
        f"An account on average over {outcome.n_days:,} days, against similar accounts that stayed; the placebo is a "
        "move that didn’t happen, one span earlier."
    )
    return _lay_intervals(
        f"effect-{name}".replace("_", "-"), _TITLES[name], about, rows, _say_of(name, outcome.currency)
    )


def _cost_chart(costs: Sequence[MoveCost], currency: str) -> IntervalChart | None:
    rows = [
        (
            f"Grade {one.grade}" if one.grade != ANY else "All grades",
            one.value,
            one.low,
            one.high,
            f"{one.n_moved:,} moved in {one.n_cycles} cycle{'s' if one.n_cycles > 1 else ''}",
        )
        for one in costs
        if one.outcome == PIPELINE and one.value is not None and one.low is not None and one.high is not None
    ]
    about = "Pipeline created in the quarter after the move, an account on average, over all cycles measured."
    return _lay_intervals("cost-of-moves", "What a move costs or brings", about, rows, _say_of(PIPELINE, currency))


def _say_of(name: str, currency: str) -> Callable[[float], str]:
    if name == ACTIVITIES:
        return lambda value: ("+" if value > 0 else "") + format_number(value, 2)
    return lambda value: ("+" if value > 0 else "") + say_money(value, currency).replace("-", MINUS)


def _lay_intervals(
    name: str, title: str, about: str, rows: Sequence[tuple[str, float, float, float, str]], say: Callable[[float], str]
) -> IntervalChart | None:
    if not rows:
        return None
    low, high = min(0.0, *(row[2] for row in rows)), max(0.0, *(row[3] for row in rows))
    room = 0.04 * (high - low) or 1.0
    scale = StripScale(low - room, high + room)
    laid = [
        IntervalRow(
            TerritoryName(label, label), value, scale.at(value), scale.at(left), scale.at(right), None, say(value),
            f"{say(left)} to {say(right)}", note, left > 0 or right < 0,
        )
        for label, value, left, right, note in rows
    ]  # fmt: skip
    ticks = lay_ticks(scale, round_step(scale.high - scale.low, _MOST_TICKS), say)
    n_clear = sum(row.is_clear for row in laid)
    return IntervalChart(name, title, about, "Moved accounts", laid, ticks, scale.at(0.0), len(laid), n_clear)


def _shape_chart(change: ShapeChange, outcome: Outcome, names: TerritoryNames) -> BeforeAfterChart | None:
    """Lay every seat out on its own line, before and after."""
    if change.before is None or change.after is None:
        return None
    was, unit = dict(change.before.values), str(MEASURES[change.measure].unit)
    pairs = [(seat, was[seat], now) for seat, now in change.after.values if seat in was]
    if not pairs:
        return None
    pairs.sort(key=lambda pair: (-abs(pair[2] - pair[1]), pair[0]))
    shown = sorted(pairs[:MOST_ROWS], key=lambda pair: (-pair[2], pair[0]))
    values = [value for _, before, after in shown for value in (before, after)]
    room = 0.04 * (max(values) - min(values)) or 0.01
    scale = StripScale(min(values) - room, max(values) + room)

    def say(value: float) -> str:
        return say_value(value, unit, outcome.currency)

    return BeforeAfterChart(
        measure=Measure(f"{change.measure}-{change.layer}".strip("-"), MEASURES[change.measure].title.capitalize()),
        rows=[
            ChartRow(
                territory=names[seat], before=scale.at(before), after=scale.at(after), band_left=0.0, band_width=0.0,
                before_share=before, after_share=after, before_text=say(before), after_text=say(after),
                is_moved=before != after, is_within_after=True, status_before="", status_after="",
            )
            for seat, before, after in shown
        ],
        ticks=lay_ticks(scale, round_step(scale.high - scale.low, _MOST_TICKS), say),
        n_territories=len(pairs), n_outside_before=0, n_outside_after=0, tolerance_share=None,
    )  # fmt: skip


def _balance_rows(outcome: Outcome, dates: Sequence[object], names: TerritoryNames) -> list[BalanceRow]:
    rows = []
    for (layer, measure), part in outcome.balance.partition_by(
        "layer", "measure", as_dict=True, maintain_order=True
    ).items():
        by_day = {row["as_of"]: row for row in part.iter_rows(named=True)}
        known = [by_day[day]["variation"] if day in by_day else None for day in dates]
        if all(value is None for value in known):
            continue
        last = by_day.get(dates[-1])
        widest = ""
        if last is not None and last["widest_id"] is not None:
            sign = "+" if last["widest"] > 0 else MINUS
            widest = f"{names[last['widest_id']].text} {sign}{say_share(abs(last['widest']))}"
        title = MEASURES[str(measure)].title.capitalize()
        rows.append(
            BalanceRow(
                f"{title}, {layer}" if layer else title,
                ["–" if value is None else say_share(value) for value in known],
                widest,
            )
        )
    return rows
