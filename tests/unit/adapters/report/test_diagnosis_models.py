"""Where things stand in the charts of the models, and where each figure of the page comes from."""

import dataclasses
import itertools
import re
from pathlib import Path

import pytest

import evenhand as eh
from evenhand.adapters.report import render_diagnosis_report
from evenhand.adapters.report.diagnosis_intervals import effect_charts, win_rate_chart
from evenhand.adapters.report.diagnosis_plots import calibration_plot, shape_views
from evenhand.adapters.report.diagnosis_sources import MOST_RECORDS, find_sources
from evenhand.adapters.report.diagnosis_trends import trend_rows
from evenhand.adapters.report.territory_names import TerritoryNames
from evenhand.diagnose import diagnose
from evenhand.diagnose.trace import trace_subject
from evenhand.policy import Policy

FIRM = Path(__file__).parents[3] / "golden" / "firm"
MARGIN = 2.5


@pytest.fixture(scope="module")
def seen():
    book, _ = eh.admit(FIRM)
    diagnosis = diagnose(book, Policy())
    return book, diagnosis, TerritoryNames(book)


@pytest.fixture(scope="module")
def page(seen, read_page):
    book, diagnosis, _ = seen
    return read_page(render_diagnosis_report(diagnosis, book))


def test_every_seat_is_in_one_bin_and_outside_ones_are_told_apart(seen):
    _, diagnosis, names = seen
    for view, shape in zip(shape_views(diagnosis, names), diagnosis.shapes, strict=True):
        bars = view.distribution.bars
        assert sum(bar.n for bar in bars) == len(shape.values)
        heights = {bar.n: round(bar.base - bar.top, 1) for bar in bars}
        tallest = max(heights)
        for n, height in heights.items():
            assert height == pytest.approx(heights[tallest] * n / tallest, abs=0.15)
        rows = diagnosis.territories.filter(
            (diagnosis.territories["measure"] == shape.measure) & diagnosis.territories["is_seat"]
        )
        n_outside = rows["status"].is_in(["under", "over"]).sum()
        one = heights[tallest] / tallest
        assert sum(bar.middle - bar.top for bar in bars) == pytest.approx(n_outside * one, abs=0.2)


def test_the_lorenz_curve_goes_from_nothing_to_all_below_the_diagonal(seen):
    _, diagnosis, names = seen
    for view in shape_views(diagnosis, names):
        points = [tuple(map(float, point.split())) for point in view.lorenz.curve[1:].split("L")]
        assert points[0] == (MARGIN, 100 - MARGIN)
        assert points[-1] == (100 - MARGIN, MARGIN)
        assert all(x + y >= 100 - 0.02 for x, y in points)
        area = sum((x2 - x1) * (y1 + y2 - 2 * MARGIN) / 2 for (x1, y1), (x2, y2) in itertools.pairwise(points))
        gini = 2 * (area / (100 - 2 * MARGIN) ** 2) - 1
        shape = next(s for s in diagnosis.shapes if view.lorenz.summary.endswith(f"Gini {s.gini:.2f}."))
        assert gini == pytest.approx(shape.gini, abs=0.01)


def test_effects_stand_in_order_with_their_intervals(seen):
    _, diagnosis, names = seen
    territories, reps = effect_charts(diagnosis, names)
    assert (territories.n_all, reps.n_all) == (diagnosis.effects.territories.height, diagnosis.effects.reps.height)
    for chart in (territories, reps):
        places = [row.at for row in chart.rows]
        assert places == sorted(places, reverse=True)
        for row in chart.rows:
            assert row.left <= row.at <= row.right
            assert row.is_clear == (not row.left <= chart.line <= row.right)


def test_win_rates_have_the_raw_rate_beside_them(seen):
    _, diagnosis, names = seen
    chart = win_rate_chart(diagnosis, names)
    raw = dict(diagnosis.win_rates.territories.select("territory_id", "raw").iter_rows())
    for row in chart.rows:
        assert (row.beside > row.at) == (raw[row.who.territory_id] > row.value)


def test_trends_have_a_point_for_every_known_quarter(seen):
    _, diagnosis, names = seen
    rows = trend_rows(diagnosis, names)
    assert len(rows) == len(diagnosis.history.drifts)
    assert [row.is_drifting for row in rows] == sorted((row.is_drifting for row in rows), reverse=True)
    quarters = diagnosis.history.quarters
    for row in rows:
        seat = quarters.filter(quarters["territory_id"] == row.territory.territory_id)
        accounts = next(trend for trend in row.trends if trend.label == "Accounts")
        assert len(re.findall(r"[ML]", accounts.path)) == seat["n_accounts"].drop_nulls().len()


def test_a_propensity_that_was_not_learned_has_no_calibration(seen, page):
    _, diagnosis, _ = seen
    assert calibration_plot(diagnosis.propensity) is None
    assert "goes by facts" in page.text


def test_every_figure_says_how_it_was_computed_and_from_which_records(seen):
    book, diagnosis, _ = seen
    sources = find_sources(diagnosis, book)
    assert len(sources) == diagnosis.territories.height
    for row in diagnosis.territories.filter(diagnosis.territories["value"].is_not_null()).iter_rows(named=True):
        source = sources[row["layer"], row["territory_id"], row["measure"]]
        traced = trace_subject(source.subject, diagnosis, book, diagnosis.policy)
        assert source.formula == traced.formula
        assert tuple(source.steps) == traced.steps
        shown = {records.table: (records.ids, records.n) for records in source.records}
        full = {table: rows["record_id"].sort().to_list() for table, rows in traced.records.items() if rows.height}
        assert shown == {table: (ids[:MOST_RECORDS], len(ids)) for table, ids in full.items()}


def test_the_page_has_a_disclosure_per_figure_that_needs_no_script(seen, page):
    _, diagnosis, _ = seen
    known = diagnosis.territories.height
    assert sum("how" in (tag.get("class") or "") for tag in page.all("details")) >= known
    assert page.text.count("evenhand diagnose BOOK --trace") >= known
    for section in ("shape", "effects", "win-rate", "history", "propensity"):
        assert any(tag.get("id") == section for tag in page.all("section")), section


def test_each_drawing_that_says_something_has_words_for_those_who_do_not_see_it(page):
    drawings = [tag for tag in page.all("svg") if tag.get("role") == "img"]
    assert drawings
    assert all(tag.get("aria-label") or tag.get("aria-labelledby") for tag in drawings)


def test_the_propensity_is_drawn_where_it_was_tested(seen, read_page):
    pytest.importorskip("sklearn", reason="needs scikit-learn (extra stats)")
    book, _, _ = seen
    policy = Policy.of({"potential": {"propensity": "learned"}, "propensity": {"wins_per_fact": 1}})
    diagnosis = diagnose(book, policy)
    plot = calibration_plot(diagnosis.propensity)
    assert plot is not None, diagnosis.propensity.sentence
    rows = diagnosis.propensity.calibration
    assert len(plot.dots) == rows.height
    for dot, row in zip(plot.dots, rows.iter_rows(named=True), strict=True):
        assert dot.high <= dot.y <= dot.low
        assert (dot.y < 100 - dot.x) == (row["found"] > row["foretold"])
    assert "What was foretold against what was found" in read_page(render_diagnosis_report(diagnosis, book)).text


def test_many_territories_have_the_command_instead(seen, monkeypatch):
    book, diagnosis, _ = seen
    monkeypatch.setattr("evenhand.adapters.report.diagnosis_sources.MOST_TERRITORIES", 1)
    assert find_sources(diagnosis, book) == {}


def test_effects_that_can_t_be_told_say_why(seen, read_page):
    book, diagnosis, _ = seen
    blind = dataclasses.replace(diagnosis, effects=dataclasses.replace(diagnosis.effects, missing="no attainment"))
    assert "Can’t tell: no attainment." in read_page(render_diagnosis_report(blind, book)).text
