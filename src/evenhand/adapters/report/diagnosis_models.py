"""What the models of a diagnosis found, laid out for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.adapters.report.diagnosis_intervals import IntervalChart, effect_charts, win_rate_chart
from evenhand.adapters.report.diagnosis_plots import Plot, ShapeView, calibration_plot, shape_views
from evenhand.adapters.report.diagnosis_trends import MOST_ROWS, TrendRow, trend_rows
from evenhand.diagnose.effects.words import Reading
from evenhand.diagnose.wording import say_count, say_list, say_share

if TYPE_CHECKING:
    from evenhand.adapters.report.territory_names import TerritoryName, TerritoryNames
    from evenhand.diagnose import Diagnosis
    from evenhand.diagnose.propensity import Propensity


@dataclass(frozen=True)
class Told:
    """One sentence on one territory."""

    territory: TerritoryName
    reading: str
    sentence: str


@dataclass(frozen=True)
class PropensityFact:
    """What one fact is worth: odds for one standard deviation more."""

    title: str
    text: str


@dataclass(frozen=True)
class ModelViews:
    """Everything that models found.

    Attributes
    ----------
    effects_about, win_rates_about
        What was found in a sentence or two, or why it can't be told.
    """

    shapes: list[ShapeView]
    effects: list[IntervalChart]
    effects_about: str
    told: list[Told]
    win_rates: IntervalChart | None
    win_rates_about: str
    trends: list[TrendRow]
    n_trends: int
    n_drifting: int
    propensity: Propensity
    propensity_facts: list[PropensityFact]
    calibration: Plot | None


def view_models(diagnosis: Diagnosis, names: TerritoryNames) -> ModelViews:
    """Lay out the shapes, effects, win rates, history and propensity of a diagnosis."""
    trends = trend_rows(diagnosis, names)
    win_rate = next(trigger for trigger in diagnosis.triggers if trigger.name == "win_rate")
    return ModelViews(
        shapes=shape_views(diagnosis, names),
        effects=effect_charts(diagnosis, names),
        effects_about=_say_effects(diagnosis),
        told=_tell_territories(diagnosis, names),
        win_rates=win_rate_chart(diagnosis, names),
        win_rates_about=win_rate.message,
        trends=trends[:MOST_ROWS],
        n_trends=len(trends),
        n_drifting=sum(row.is_drifting for row in trends),
        propensity=diagnosis.propensity,
        propensity_facts=_facts(diagnosis.propensity),
        calibration=calibration_plot(diagnosis.propensity),
    )


def _say_effects(diagnosis: Diagnosis) -> str:
    effects = diagnosis.effects
    if effects.missing is not None:
        return f"Can’t tell: {effects.missing}."
    shares = say_list([f"{say_share(share)} to the {name}" for name, share in effects.shares.items()])
    readings = effects.territories["reading"].to_list()
    counts = say_list([f"{readings.count(reading)} {words}" for reading, words in _SAID.items() if reading in readings])
    territories = say_count(len(readings), "territory", "territories")
    return f"What differs in attainment is due {shares}. Of {territories} {counts}."


_SAID = {
    Reading.STRONG: "attain much whoever covers them",
    Reading.WEAK: "attain little whoever covers them",
    Reading.REP: "depend on the rep",
    Reading.UNCLEAR: "show no clear effect",
    Reading.INSEPARABLE: "can’t be told from their only rep",
}


def _tell_territories(diagnosis: Diagnosis, names: TerritoryNames) -> list[Told]:
    order = [str(reading) for reading in Reading]
    rows = sorted(diagnosis.effects.territories.iter_rows(named=True), key=lambda row: order.index(row["reading"]))
    return [Told(names[row["territory_id"]], row["reading"], row["sentence"]) for row in rows]


def _facts(propensity: Propensity) -> list[PropensityFact]:
    rows = propensity.facts.sort(propensity.facts["per_spread"].abs(), descending=True)
    return [
        PropensityFact(row["title"], f"{row['per_spread']:+.2f}".replace("-", "−"))
        for row in rows.iter_rows(named=True)
        if row["per_spread"]
    ]
