"""Plans of real books: AdventureWorks' stores and Maven's CRM."""

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

import evenhand as eh

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.real_data


def real_plan(name, folder):
    if not (SHARED / name).is_dir():
        pytest.skip(f"the real data folder {name} is not beside the repository")
    book, _ = eh.admit(SHARED / name, mapping=ROOT / "examples" / name / "mapping.toml")
    assert book is not None
    plan = eh.plan(book)
    eh.write_plan(plan, book, folder / "plan")
    return book, plan, folder / "plan"


@pytest.fixture(scope="module")
def adventureworks(tmp_path_factory):
    return real_plan("adventureworks", tmp_path_factory.mktemp("adventureworks"))


@pytest.fixture(scope="module")
def maven(tmp_path_factory):
    return real_plan("maven_crm", tmp_path_factory.mktemp("maven"))


def test_adventureworks_is_unequal_before_and_within_15_percent_after(adventureworks):
    _, plan, _ = adventureworks
    potential = plan.territories.filter(pl.col("measure") == "potential")
    assert potential.height == 13
    assert potential["before"].max() / potential["before"].min() == pytest.approx(2.1, abs=0.05)
    off = (potential["after"] / potential["target"] - 1).abs()
    assert off.max() <= 0.15 + 1e-9
    assert plan.violation == 0


def test_adventureworks_moves_few_stores_and_says_why_each(adventureworks):
    _, plan, _ = adventureworks
    low = next(level for level in plan.levels if level.level == "low")
    assert plan.n_moves <= 45
    assert low.value - low.bound <= 1
    assert plan.moves["reason"].str.len_chars().min() > 20
    assert set(plan.moves["grade"]) == {"low"}
    assert "PL101" in {finding.code for finding in plan.findings}


def test_adventureworks_check_passes_and_finds_one_changed_line_or_price(adventureworks, tmp_path):
    book, _, folder = adventureworks
    assert eh.check(folder, book).holds

    shutil.copytree(folder, tmp_path / "line")
    path = tmp_path / "line" / "assignment.csv"
    head, first, *rest = path.read_text().splitlines()
    account, territory = first.split(",")
    other = "276" if territory != "276" else "275"
    path.write_text("\n".join([head, f"{account},{other}", *rest]) + "\n")
    assert not eh.check(tmp_path / "line", book).holds

    certificate = pl.read_csv(folder / "certificate.csv", infer_schema_length=None)
    rows = [i for i, price in enumerate(certificate["price"]) if price]
    for number, row in enumerate(rows[:: max(1, len(rows) // 5)]):
        shutil.copytree(folder, tmp_path / f"price{number}")
        at = pl.int_range(pl.len()) == row
        changed = pl.when(at).then(pl.col("price") * 1.25).otherwise(pl.col("price")).alias("price")
        certificate.with_columns(changed).write_csv(tmp_path / f"price{number}" / "certificate.csv")
        record_holds = eh.check(tmp_path / f"price{number}", book).holds
        assert not record_holds


def test_adventureworks_quotas_are_conserved(adventureworks):
    _, plan, _ = adventureworks
    assert plan.quota_summary["opening_cents"].sum() > 0
    assert plan.quota_summary["new_cents"].sum() == plan.quota_summary["opening_cents"].sum()


def test_mavens_plan_holds_with_every_account_once(maven):
    book, plan, folder = maven
    assert plan.assignment["account_id"].to_list() == book.accounts["account_id"].to_list()
    assert eh.check(folder, book).holds
    assert "PL102" in {finding.code for finding in plan.findings}
