from datetime import timedelta

import polars as pl
import pytest

from evenhand.app.sample import Firm, make_firm
from evenhand.book.tables import TABLES


def active(firm: Firm) -> pl.DataFrame:
    return firm.tables["accounts"].filter(pl.col("churned_on").is_null())


def seats(firm: Firm) -> pl.DataFrame:
    table = firm.tables["territories"]
    return table.filter(~pl.col("territory_id").is_in(table["parent_territory_id"].drop_nulls().unique().implode()))


def test_has_the_tables_and_columns_of_the_interface(firm: Firm) -> None:
    assert {name: table.columns for name, table in firm.tables.items()} == {
        name: [column.name for column in table.columns] for name, table in TABLES.items()
    }


def test_has_as_many_accounts_and_seats_as_asked(firm: Firm) -> None:
    accounts = firm.tables["accounts"]
    assert accounts["account_id"].to_list() == [f"A{number:06d}" for number in range(1, 5001)]
    assert seats(firm)["territory_id"].to_list() == [f"T{number:02d}" for number in range(1, 41)]
    assert set(accounts["territory_id"]) == set(seats(firm)["territory_id"])


def test_ids_grow_with_the_firm() -> None:
    firm = make_firm(n_accounts=600, n_territories=110)
    assert seats(firm)["territory_id"][0] == "T001"
    assert set(firm.tables["accounts"]["territory_id"]) == set(seats(firm)["territory_id"])


def test_books_have_drifted_two_to_three_times_apart(firm: Firm) -> None:
    full = seats(firm).filter(pl.col("capacity_share") == 1)
    books = active(firm).join(full, on="territory_id").group_by("territory_id").agg(pl.col("potential").sum())
    assert 2.0 <= books["potential"].max() / books["potential"].min() <= 3.2
    share = (books["potential"] / books["potential"].mean() - 1).abs()
    assert 0.25 <= (share > 0.15).mean() <= 0.7


def test_a_seat_of_either_pool_has_the_same_potential_on_average(firm: Firm) -> None:
    per_capacity = (
        active(firm)
        .join(seats(firm), on="territory_id", suffix="_taken")
        .group_by("segment_taken")
        .agg(pl.col("potential").sum())
        .join(
            seats(firm).group_by("segment").agg(pl.col("capacity_share").sum()),
            left_on="segment_taken",
            right_on="segment",
        )
        .select(pl.col("potential") / pl.col("capacity_share"))["potential"]
    )
    assert len(per_capacity) == 2
    assert per_capacity.max() / per_capacity.min() == pytest.approx(1, abs=0.01)


def test_every_account_is_in_a_seat_that_takes_its_segment(firm: Firm) -> None:
    both = firm.tables["accounts"].join(seats(firm), on="territory_id", suffix="_taken")
    assert both.height == 5000
    assert both.select(pl.col("segment").is_in(pl.col("segment_taken").str.split(";"))).to_series().all()


def test_families_are_in_one_territory_and_segment_and_not_deeper_than_two(firm: Firm) -> None:
    accounts = firm.tables["accounts"]
    children = accounts.filter(pl.col("parent_account_id").is_not_null())
    assert 0.05 <= children.height / accounts.height <= 0.10
    both = children.join(accounts, left_on="parent_account_id", right_on="account_id", suffix="_parent")
    assert both.height == children.height
    assert (both["territory_id"] == both["territory_id_parent"]).all()
    assert (both["segment"] == both["segment_parent"]).all()
    assert both["parent_account_id_parent"].is_null().all()


def test_most_moves_would_be_low_some_medium_few_high(firm: Firm) -> None:
    # As the policy's defaults grade them: late pipeline, an executive or an anchor; then any deal or contact of late.
    as_of = firm.request.as_of
    deals = firm.tables["opportunities"].group_by("account_id").agg(
        late=(~pl.col("is_closed") & (pl.col("stage_number") > 2)).any(),
        open=(~pl.col("is_closed")).any(),
        won=(pl.col("is_won") & (pl.col("closed_on") > as_of - timedelta(days=365))).any(),
    )  # fmt: skip
    facts = (
        active(firm)
        .join(deals, on="account_id", how="left")
        .with_columns(pl.col("late", "open", "won").fill_null(False))
    )
    high = facts.select(pl.col("late") | pl.col("executive_relationship") | pl.col("anchor")).to_series()
    some = facts.select(
        pl.col("open") | pl.col("won") | (pl.col("last_activity_on") > as_of - timedelta(days=90)).fill_null(False)
    ).to_series()
    assert 0.10 <= high.mean() <= 0.20
    assert 0.20 <= (some & ~high).mean() <= 0.30
    assert 0.55 <= (~some & ~high).mean() <= 0.70


def test_potential_is_skewed(firm: Firm) -> None:
    potential = active(firm)["potential"].sort(descending=True)
    assert potential.head(len(potential) // 10).sum() > 0.28 * potential.sum()
    assert potential[0] < 0.5 * potential.sum() / 40


def test_what_was_won_is_what_was_attained(firm: Firm) -> None:
    opportunities, quotas = firm.tables["opportunities"], firm.tables["quotas"]
    owned = (
        opportunities.filter("is_won")
        .join(firm.tables["ownership"], on="account_id")
        .filter(
            (pl.col("starts_on") <= pl.col("closed_on"))
            & (pl.col("ends_on").is_null() | (pl.col("ends_on") >= pl.col("closed_on")))
        )
    )
    won = owned.group_by("territory_id", period_start=pl.col("closed_on").dt.truncate("1q")).agg(pl.col("amount").sum())
    known = quotas.filter(pl.col("attained").is_not_null()).join(
        won, on=["territory_id", "period_start"], how="left", suffix="_won"
    )
    assert known.height == 40 * 8
    assert (known["amount_won"] == known["attained"]).mean() > 0.95


def test_the_quarter_to_come_has_a_quota_and_nothing_attained(firm: Firm) -> None:
    quotas = firm.tables["quotas"]
    coming = quotas.filter(pl.col("period_start") > firm.request.as_of)
    assert coming.height == 40
    assert coming["attained"].is_null().all()
    assert quotas.filter(pl.col("period_end") <= firm.request.as_of)["attained"].is_not_null().all()


def test_ownership_leads_to_todays_territory_without_gaps(firm: Firm) -> None:
    ownership = firm.tables["ownership"].sort("account_id", "starts_on")
    accounts = firm.tables["accounts"]
    last = ownership.group_by("account_id", maintain_order=True).last().join(accounts, on="account_id", suffix="_now")
    assert (last["territory_id"] == last["territory_id_now"]).all()
    assert last["ends_on"].eq_missing(last["churned_on"]).all()
    follows = ownership.with_columns(next=pl.col("starts_on").shift(-1).over("account_id")).drop_nulls("next")
    assert (follows["next"] - follows["ends_on"] == timedelta(days=1)).all()
    first = ownership.group_by("account_id", maintain_order=True).first().join(accounts, on="account_id")
    assert (first["starts_on"] == first["created_on"]).all()


def test_last_activity_is_the_last_on_record(firm: Firm) -> None:
    last = firm.tables["activities"].group_by("account_id").agg(pl.col("happened_on").max())
    both = firm.tables["accounts"].join(last, on="account_id")
    assert (both["last_activity_on"] == both["happened_on"]).all()
    assert (both["last_activity_on"] >= both["created_on"]).all()


def test_opportunities_are_dated_after_their_account_and_won_only_when_closed(firm: Firm) -> None:
    both = firm.tables["opportunities"].join(firm.tables["accounts"], on="account_id", suffix="_account")
    assert (both["created_on"] >= both["created_on_account"]).all()
    assert (both["created_on"] <= both["closed_on"]).all()
    as_of = firm.request.as_of
    assert both.filter("is_closed")["closed_on"].max() <= as_of
    assert both.filter(~pl.col("is_closed"))["closed_on"].min() > as_of
    assert both.filter("is_won")["is_closed"].all()
    assert both.filter(pl.col("churned_on").is_not_null() & ~pl.col("is_closed")).is_empty()
    assert set(both.filter(~pl.col("is_closed"))["stage_number"]) == {1, 2, 3, 4, 5}


def test_every_seat_has_one_rep_at_a_time_and_today(firm: Firm) -> None:
    coverage = firm.tables["coverage"].sort("territory_id", "starts_on")
    spans = coverage.with_columns(next=pl.col("starts_on").shift(-1).over("territory_id"))
    assert (spans.drop_nulls("next").select(pl.col("next") > pl.col("ends_on")).to_series()).all()
    assert spans.filter(pl.col("ends_on").is_null())["territory_id"].n_unique() == 40
    reps = firm.tables["reps"]
    both = coverage.join(reps, on="rep_id")
    assert (both["starts_on"] >= both["hired_on"]).all()
    assert both.filter(pl.col("left_on") < pl.coalesce("ends_on", pl.lit(firm.request.as_of))).is_empty()
    busy = coverage.sort("rep_id", "starts_on").with_columns(next=pl.col("starts_on").shift(-1).over("rep_id"))
    assert (busy.drop_nulls("next").select(pl.col("next") > pl.col("ends_on")).to_series()).all()


def test_managers_have_six_to_ten_seats(firm: Firm) -> None:
    now = firm.tables["coverage"].filter(pl.col("ends_on").is_null()).join(firm.tables["reps"], on="rep_id")
    teams = now.group_by("manager_id").len()
    assert teams["len"].min() >= 6
    assert teams["len"].max() <= 10
    areas = (
        now.join(seats(firm), on="territory_id").group_by("parent_territory_id").agg(pl.col("manager_id").n_unique())
    )
    assert (areas["manager_id"] == 1).all()


def test_emails_are_nobodys_and_unique(firm: Firm) -> None:
    emails = firm.tables["reps"]["email"]
    assert emails.str.ends_with("@example.com").all()
    assert emails.is_unique().all()
    assert (emails.str.len_bytes() == emails.str.len_chars()).all()


def test_neighbours_took_over_what_was_handed_over(firm: Firm) -> None:
    moves = firm.truth["moves"]
    number = pl.all().str.slice(1).cast(pl.Int64)
    apart = moves.select("from_territory_id", "to_territory_id").select(number)
    assert (apart["from_territory_id"] - apart["to_territory_id"]).abs().max() <= 3
    assert 0.1 <= moves.height / 5000 <= 0.3
