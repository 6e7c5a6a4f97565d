"""Crossed effects: the sizes agree with independent packages, the intervals with what they promise."""

import numpy as np
import pytest
from benchmarks.bench_effects import draw as draw_team
from scipy.sparse import csr_array

from evenhand.diagnose.effects.crossed import Posterior, fit_crossed


def draw(seed, n_territories=20, size=(0.15, 0.10, 0.20), turnover=0.15):
    """Draw attainment of territories whose reps leave or swap, with known effects."""
    return draw_team(seed, n_territories, turnover, size)


def test_intervals_hold_the_truth_as_often_as_they_say():
    inside = {"first": [], "second": []}
    for seed in range(6):
        values, fixed, territory, rep, first, second = draw(seed)
        model = fit_crossed(values - values.mean(), fixed, territory, rep)
        for name, truth in (("first", first), ("second", second)):
            low, high = getattr(model, name).interval(0.95)
            inside[name].extend((low <= truth) & (truth <= high))
    # 120 and more effects: two standard errors, widened since effects of one team share their sizes.
    assert 0.85 <= np.mean(inside["first"]) <= 1.0
    assert 0.85 <= np.mean(inside["second"]) <= 1.0


def test_sizes_agree_with_gpboost_where_they_are_well_determined():
    gpboost = pytest.importorskip("gpboost")
    values, fixed, territory, rep, _, _ = draw(5, n_territories=80, turnover=0.3)
    reference = gpboost.GPModel(
        group_data=np.column_stack([territory, rep]),
        likelihood="gaussian",
        matrix_inversion_method="cholesky",
        num_parallel_threads=1,
    )
    reference.fit(y=values, X=fixed, params={"trace": False})
    error, first, second = np.sqrt(np.asarray(reference.get_cov_pars(format_pandas=False), dtype=float).ravel()[:3])
    model = fit_crossed(values - values.mean(), fixed, territory, rep)
    assert model.size_error == pytest.approx(error, rel=0.03)
    assert model.size_first == pytest.approx(first, rel=0.15)
    assert model.size_second == pytest.approx(second, rel=0.15)


def test_a_large_effect_has_its_sign_and_no_effect_is_small():
    values, fixed, territory, rep, first, _ = draw(2, size=(0.4, 0.01, 0.1))
    model = fit_crossed(values - values.mean(), fixed, territory, rep)
    large = np.abs(first) > 0.3
    assert (np.sign(model.first.mean[large]) == np.sign(first[large] - first.mean())).all()
    assert np.abs(model.second.mean).max() < 0.1


def test_contrasts_are_differences_of_second_effects():
    values, fixed, territory, rep, _, _ = draw(3)
    contrast = np.zeros((1, rep.max() + 1))
    contrast[0, [0, 1]] = 1, -1
    model = fit_crossed(values - values.mean(), fixed, territory, rep, csr_array(contrast))
    assert model.contrasts.mean[0] == pytest.approx(model.second.mean[0] - model.second.mean[1])
    low, high = model.contrasts.interval(0.95)
    assert low[0] < model.contrasts.mean[0] < high[0]


def test_the_unit_of_attainment_does_not_matter():
    values, fixed, territory, rep, _, _ = draw(4)
    centred = values - values.mean()
    once, scaled = (fit_crossed(centred * factor, fixed, territory, rep) for factor in (1, 100))
    assert scaled.first.mean == pytest.approx(100 * once.first.mean, rel=1e-6)
    assert scaled.size_first == pytest.approx(100 * once.size_first, rel=1e-6)


def test_a_mixture_of_one_is_the_student_distribution():
    only = Posterior(np.array([1.0]), np.array([[2.0]]), np.array([[3.0]]), degrees=5.0)
    low, high = only.interval(0.95)
    assert (high[0] - 2) / 3 == pytest.approx(2.570582, abs=1e-5)
    assert low[0] + high[0] == pytest.approx(4)
