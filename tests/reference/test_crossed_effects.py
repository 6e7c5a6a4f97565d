"""Crossed effects agree with independent packages on a reference data set: attainment and win rates.

The data set is a made team of 30 territories and 8 quarters, of which reps leave and swap (a quarter of the seats in
each quarter), so that territories and reps are crossed and the sizes of the effects well determined.

Tolerances. Attainment: given the sizes that a package found, the same effects to 0.1 points; our own, averaged over all
sizes, within 3 points, and the sizes to a fifth. Win rates: within 0.02 log-odds of gpboost given its sizes, 0.03
with our own, and the sizes to a twentieth; within 0.1 of statsmodels, whose variational approximation makes the smaller
of the sizes too small: 0.37 against 0.44 (gpboost) and 0.45 (ours).
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from evenhand.diagnose.effects.crossed import _Equations, fit_crossed
from evenhand.diagnose.win_rates.crossed_logit import Counts, Likelihood, fit_crossed_logit

N_TERRITORIES, N_QUARTERS, TURNOVER = 30, 8, 0.25
N_DEALS = 12


def draw_team():
    rng = np.random.default_rng(2026)
    current = list(range(N_TERRITORIES))
    n_reps = N_TERRITORIES
    rows = []
    for quarter in range(N_QUARTERS):
        for territory in range(N_TERRITORIES):
            if quarter and rng.random() < TURNOVER:
                if rng.random() < 0.3:
                    current[territory], n_reps = n_reps, n_reps + 1
                else:
                    other = int(rng.integers(N_TERRITORIES))
                    current[territory], current[other] = current[other], current[territory]
            rows.append((territory, current[territory], quarter))
    territory, rep, quarter = np.array(rows).T
    _, rep = np.unique(rep, return_inverse=True)
    first, second = rng.normal(0, 0.15, N_TERRITORIES), rng.normal(0, 0.12, rep.max() + 1)
    attainment = 1 + 0.02 * quarter + first[territory] + second[rep] + rng.normal(0, 0.15, len(rows))
    tenure = rng.uniform(0, 2, len(rows))
    log_odds = -1 + 0.3 * tenure + 4 * first[territory] + 4 * second[rep]
    wins = rng.binomial(N_DEALS, expit(log_odds))
    return pd.DataFrame(
        {
            "territory": territory,
            "rep": rep,
            "quarter": quarter,
            "attainment": attainment,
            "tenure": tenure,
            "wins": wins,
        }
    )


@pytest.fixture(scope="module")
def team():
    return draw_team()


@pytest.fixture(scope="module")
def attainment(team):
    """Return values around their mean, fixed effects, and both codes."""
    return (
        team["attainment"].to_numpy() - team["attainment"].mean(),
        np.eye(N_QUARTERS)[team["quarter"]],
        team["territory"].to_numpy(),
        team["rep"].to_numpy(),
    )


@pytest.fixture(scope="module")
def counts(team):
    fixed = np.column_stack([np.ones(len(team)), team["tenure"]])
    trials = np.full(len(team), float(N_DEALS))
    return Counts(team["wins"].to_numpy(float), trials, fixed, team["territory"].to_numpy(), team["rep"].to_numpy())


def check_attainment(attainment, sizes, territory, rep):
    """Hold a package's sizes (territory, rep, error) and effects against ours."""
    given = _Equations(*attainment).fit(np.log(np.array(sizes[:2]) / sizes[2]))
    assert given.kept[N_QUARTERS:] == pytest.approx(territory, abs=0.001)
    assert given.second == pytest.approx(rep, abs=0.001)
    model = fit_crossed(*attainment)
    assert model.first.mean == pytest.approx(territory, abs=0.03)
    assert model.second.mean == pytest.approx(rep, abs=0.03)
    assert (model.size_first, model.size_second, model.size_error) == pytest.approx(tuple(sizes), rel=0.2)


def test_attainment_agrees_with_statsmodels(team, attainment):
    import statsmodels.formula.api as smf

    frame = team.assign(all=1)
    parts = {"territory": "0 + C(territory)", "rep": "0 + C(rep)"}
    found = smf.mixedlm("attainment ~ 0 + C(quarter)", frame, groups="all", vc_formula=parts, re_formula="0").fit(
        reml=True, method="lbfgs"
    )
    variances = dict(zip(found.model.exog_vc.names, found.vcomp, strict=True))
    sizes = np.sqrt([variances["territory"], variances["rep"], found.scale])
    effects = found.random_effects[1]
    territory = [effects[f"territory[C(territory)[{i}]]"] for i in range(N_TERRITORIES)]
    rep = [effects[f"rep[C(rep)[{i}]]"] for i in range(team["rep"].max() + 1)]
    check_attainment(attainment, sizes, territory, rep)


def test_attainment_agrees_with_gpboost(attainment):
    gpboost = pytest.importorskip("gpboost")
    values, fixed, territory, rep = attainment
    reference = gpboost.GPModel(
        group_data=np.column_stack([territory, rep]),
        likelihood="gaussian",
        matrix_inversion_method="cholesky",
        num_parallel_threads=1,
    )
    reference.fit(y=values, X=fixed, params={"trace": False})
    error, first, second = np.sqrt(np.asarray(reference.get_cov_pars(format_pandas=False), dtype=float).ravel()[:3])
    effects = reference.predict_training_data_random_effects()
    by_territory = effects.iloc[:, 0].groupby(territory).first().to_numpy()
    by_rep = effects.iloc[:, 1].groupby(rep).first().to_numpy()
    check_attainment(attainment, (first, second, error), by_territory, by_rep)


def test_win_rates_agree_with_gpboost(counts):
    gpboost = pytest.importorskip("gpboost")
    won = np.concatenate([np.arange(N_DEALS) < wins for wins in counts.wins]).astype(float)
    each = np.repeat(np.arange(len(counts.wins)), N_DEALS)
    reference = gpboost.GPModel(
        group_data=np.column_stack([counts.first, counts.second])[each],
        likelihood="bernoulli_logit",
        matrix_inversion_method="cholesky",
        num_parallel_threads=1,
    )
    reference.fit(y=won, X=counts.fixed[each], params={"trace": False})
    sizes = np.sqrt(np.asarray(reference.get_cov_pars(format_pandas=False), dtype=float).ravel()[:2])
    coefficients = np.asarray(reference.get_coef(format_pandas=False), dtype=float).ravel()[:2]
    effects = reference.predict_training_data_random_effects()
    territory = effects.iloc[:, 0].groupby(counts.first[each]).first().to_numpy()
    given = Likelihood(counts).find_mode(*np.log(sizes))
    assert given.kept[:2] == pytest.approx(coefficients, abs=0.02)
    assert given.kept[0] + given.kept[2:] == pytest.approx(coefficients[0] + territory, abs=0.02)
    model = fit_crossed_logit(counts, usual_size=0.5)
    assert model.fixed == pytest.approx(coefficients, abs=0.03)
    assert model.first == pytest.approx(territory, abs=0.03)
    assert (model.size_first, model.size_second) == pytest.approx(tuple(sizes), rel=0.05)


def test_win_rates_agree_with_statsmodels(counts):
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    each = np.repeat(np.arange(len(counts.wins)), N_DEALS)
    won = np.concatenate([np.arange(N_DEALS) < wins for wins in counts.wins]).astype(float)
    n_second = counts.second.max() + 1
    random = np.hstack([np.eye(N_TERRITORIES)[counts.first], np.eye(n_second)[counts.second]])[each]
    groups = np.repeat([0, 1], [N_TERRITORIES, n_second])
    reference = BinomialBayesMixedGLM(won, counts.fixed[each], random, groups, vcp_p=1, fe_p=10).fit_vb()
    model = fit_crossed_logit(counts, usual_size=0.5)
    territory = reference.vc_mean[:N_TERRITORIES]
    assert model.fixed[0] + model.first == pytest.approx(reference.fe_mean[0] + territory, abs=0.1)
    assert model.fixed[1] == pytest.approx(reference.fe_mean[1], abs=0.03)
    first, second = np.exp(reference.vcp_mean)
    assert model.size_first == pytest.approx(first, rel=0.1)
    assert model.size_second == pytest.approx(second, rel=0.25)
