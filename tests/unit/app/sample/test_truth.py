import math

import numpy as np
import polars as pl
import pytest

from evenhand.app.sample import Firm, make_firm


def test_attainment_follows_the_model_from_the_truth_alone(firm: Firm) -> None:
    truth = firm.truth
    model = truth["model"]["attainment"]
    season = pl.col("period_start").dt.quarter().cast(pl.Int32) - 1
    both = (
        truth["attainment"]
        .join(truth["territory_effects"], on="territory_id")
        .join(truth["rep_effects"], on="rep_id", how="left", suffix="_rep")
        .with_columns(
            season=season.replace_strict(dict(enumerate(model["seasons"]))),
            of_rep=pl.col("attainment_log_effect_rep").fill_null(model["vacant"]),
        )
    )
    assert both.height == 40 * 8
    again = both.select(pl.col("season") + pl.col("attainment_log_effect") + pl.col("of_rep") + model["level"])
    assert np.allclose(again.to_series().exp(), both["expected"])
    noise = (both["ratio"] / both["expected"]).log()
    assert float(noise.std()) == pytest.approx(model["sigma_noise"], rel=0.15)
    assert abs(float(noise.mean())) < 3 * model["sigma_noise"] / math.sqrt(320)


def test_quotas_show_the_attainment_of_the_truth(firm: Firm) -> None:
    both = firm.tables["quotas"].drop_nulls("attained").join(
        firm.truth["attainment"], on=["territory_id", "period_start"]
    )  # fmt: skip
    assert both.height == 40 * 8
    assert (both["attained"] / both["amount"] / both["ratio"] - 1).abs().max() < 0.006


def test_the_rep_of_a_quarter_is_the_one_who_covered_its_middle(firm: Firm) -> None:
    quarters = firm.truth["attainment"].drop_nulls("rep_id").with_columns(
        middle=pl.col("period_start") + pl.duration(days=45)
    )  # fmt: skip
    covering = quarters.join(firm.tables["coverage"], on=["territory_id", "rep_id"]).filter(
        (pl.col("starts_on") <= pl.col("middle"))
        & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= pl.col("middle")))
    )
    assert covering.height == quarters.height


def test_effects_are_drawn_with_the_spread_stated() -> None:
    firm = make_firm(n_accounts=5000, n_territories=1000, seed=3)
    sigma = firm.truth["model"]
    territories, reps = firm.truth["territory_effects"], firm.truth["rep_effects"]
    assert territories["attainment_log_effect"].std() == pytest.approx(sigma["attainment"]["sigma_territory"], rel=0.1)
    assert reps["attainment_log_effect"].std() == pytest.approx(sigma["attainment"]["sigma_rep"], rel=0.1)
    assert territories["win_log_odds_effect"].std() == pytest.approx(sigma["winning"]["sigma_territory"], rel=0.1)
    assert reps["win_log_odds_effect"].std() == pytest.approx(sigma["winning"]["sigma_rep"], rel=0.1)


def test_wins_follow_the_log_odds_of_the_truth() -> None:
    firm = make_firm(n_accounts=40_000, n_territories=100, seed=5)
    winning = firm.truth["model"]["winning"]
    deals = (
        firm.tables["opportunities"]
        .filter("is_closed")
        .join(firm.truth["rep_effects"], on="rep_id")
        .join(firm.tables["reps"], on="rep_id")
        .join(firm.tables["accounts"].select("account_id", "segment"), on="account_id")
        .join(
            firm.tables["ownership"].rename({"starts_on": "held_from", "ends_on": "held_until"}),
            on="account_id",
        )
        .filter(
            (pl.col("held_from") <= pl.col("closed_on"))
            & (pl.col("held_until").is_null() | (pl.col("held_until") >= pl.col("closed_on")))
        )
        .join(firm.truth["territory_effects"], on="territory_id", suffix="_territory")
    )
    years = (deals["closed_on"] - deals["hired_on"]).dt.total_days() / 365.25
    log_odds = (
        deals["type"].replace_strict(winning["type_log_odds"])
        + deals["segment"].replace_strict(winning["segment_log_odds"])
        + deals["win_log_odds_effect"]
        + deals["win_log_odds_effect_territory"]
        + winning["tenure_slope"] * ((1 + years).log() - math.log(1 + winning["tenure_centre_years"]))
    )
    share = 1 / (1 + (-log_odds).exp())
    won = deals["is_won"].cast(pl.Float64)
    z = (won - share).sum() / math.sqrt(float((share * (1 - share)).sum()))
    assert abs(z) < 4
    # Calibrated in the tails too, not only on average.
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.6, 1.0)):
        inside = (share >= low) & (share < high)
        error = float((won - share).filter(inside).sum())
        assert abs(error) < 4 * math.sqrt(float((share * (1 - share)).filter(inside).sum()))


def test_drift_adds_up(firm: Firm) -> None:
    drift = firm.truth["drift"]
    change = pl.col("potential_arrived") - pl.col("potential_handed_over") + pl.col("potential_grown")
    again = drift.select(pl.col("potential_at_start") + change - pl.col("potential_churned")).to_series()
    assert (again == drift["potential_now"]).all()
    book = (
        firm.tables["accounts"]
        .filter(pl.col("churned_on").is_null())
        .group_by("territory_id")
        .agg(pl.col("potential").sum())
    )
    assert drift.join(book, on="territory_id").select((pl.col("potential") == pl.col("potential_now")).all()).item()


def test_moves_are_those_of_the_ownership(firm: Firm) -> None:
    since = firm.tables["quotas"]["period_start"].min()
    ownership = firm.tables["ownership"].sort("account_id", "starts_on")
    moved = ownership.with_columns(before=pl.col("territory_id").shift(1).over("account_id")).filter(
        pl.col("before").is_not_null() & (pl.col("starts_on") >= since)
    )
    found = moved.select("account_id", "before", "territory_id", "starts_on").sort("account_id")
    assert found.rows() == firm.truth["moves"].sort("account_id").rows()


def test_departures_and_rep_moves_are_those_of_the_coverage(firm: Firm) -> None:
    left = firm.tables["reps"].drop_nulls("left_on")
    assert set(firm.truth["departures"]["rep_id"]) == set(left["rep_id"])
    moves = firm.truth["rep_moves"]
    several = firm.tables["coverage"].group_by("rep_id").len().filter(pl.col("len") > 1)
    assert moves.height == int((several["len"] - 1).sum())
    assert moves.height >= 3


def test_who_knows_the_spreads_covers_the_true_effects() -> None:
    # The best linear unbiased prediction with the true variances: if its 95 % intervals didn't cover, quotas and
    # coverage would not carry the effects that the truth states, whoever estimates them.
    inside, total = 0, 0
    for seed in range(12):
        firm = make_firm(n_accounts=1500, n_territories=30, seed=seed)
        model = firm.truth["model"]["attainment"]
        quarters = (
            firm.tables["quotas"]
            .drop_nulls("attained")
            .join(firm.truth["attainment"].drop_nulls("rep_id"), on=["territory_id", "period_start"])
        )
        season = np.array(model["seasons"])[quarters["period_start"].dt.quarter().to_numpy() - 1]
        y = np.log((quarters["attained"] / quarters["amount"]).to_numpy()) - model["level"] - season
        columns, effects, variances = [], [], []
        for key, name, sigma in (
            ("territory_id", "territory_effects", "sigma_territory"),
            ("rep_id", "rep_effects", "sigma_rep"),
        ):
            truth = firm.truth[name].join(quarters.select(key).unique(), on=key, how="semi").sort(key)
            columns.append((quarters[key].to_numpy()[:, None] == truth[key].to_numpy()[None, :]).astype(float))
            effects.append(truth["attainment_log_effect"].to_numpy())
            variances.append(np.full(truth.height, model[sigma] ** 2))
        design, effect = np.hstack(columns), np.concatenate(effects)
        precision = design.T @ design / model["sigma_noise"] ** 2 + np.diag(1 / np.concatenate(variances))
        covariance = np.linalg.inv(precision)
        mean = covariance @ design.T @ y / model["sigma_noise"] ** 2
        z = (effect - mean) / np.sqrt(np.diag(covariance))
        inside, total = inside + int((np.abs(z) < 1.96).sum()), total + len(z)
    assert total > 700
    assert 0.92 <= inside / total <= 0.98
