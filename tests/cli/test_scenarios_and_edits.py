"""The commands for scenarios, the frontier and edits by hand, from book to files."""

import json

import polars as pl
import pytest

from evenhand.foundation.errors import ExitCode


@pytest.fixture(scope="module")
def scenarios(evenhand, firm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenarios")
    file = folder / "scenarios.toml"
    file.write_text('[scenario.gentle.bands]\npotential = 0.3\n[scenario.left]\nevent = ["rep-left:territory=T02"]\n')
    ran = evenhand("scenarios", firm / "book", "--to", folder / "solved", "--file", file, "--format", "json")
    assert ran.code == ExitCode.OK, ran.err
    return folder / "solved", json.loads(ran.out)


def test_scenarios_are_plan_folders_side_by_side(evenhand, firm, scenarios):
    folder, rows = scenarios
    assert set(rows[0]) == {"figure", "agreed", "gentle", "left"}
    for name in ("agreed", "gentle", "left"):
        assert evenhand("check", folder / name, "--book", firm / "book").code == ExitCode.OK
    names = {path.name for path in folder.iterdir() if path.is_file()}
    assert names == {
        "comparison.html", "comparison.csv", "territories.csv", "differences.csv", "scenarios.toml", "scenarios.json",
    }  # fmt: skip
    listed = json.loads((folder / "scenarios.json").read_text())["scenarios"]
    assert [one["parent"] for one in listed] == [None, "agreed", "agreed"]
    page = (folder / "comparison.html").read_text()
    assert "rep-left:territory=T02" in page
    assert "T02 is given up" in page
    ran = evenhand("scenarios", firm / "book", "--to", folder, "--file", folder / "scenarios.toml")
    assert ran.code == ExitCode.REFUSED


def test_scenarios_that_are_not_there_are_said(evenhand, firm, tmp_path):
    assert evenhand("scenarios", firm / "book", "--to", tmp_path / "x").code == ExitCode.INPUT
    file = tmp_path / "scenarios.toml"
    file.write_text("[scenario.a.bands]\npotentiel = 0.3\n")
    ran = evenhand("scenarios", firm / "book", "--to", tmp_path / "x", "--file", file)
    assert ran.code == ExitCode.INPUT
    assert "potentiel" in ran.err
    assert not (tmp_path / "x").exists()


def test_two_plans_differ_in_accounts_measures_and_quotas(evenhand, scenarios):
    folder, _ = scenarios
    pair = (folder / "agreed", folder / "left")
    for view in ("accounts", "measures", "quotas", "territories", "figures"):
        rows = json.loads(evenhand("compare", *pair, "--show", view, "--format", "json").out)
        assert rows, view
    three = evenhand("compare", *pair, folder / "gentle", "--show", "quotas")
    assert three.code == ExitCode.INPUT


def test_a_frontier_is_written_as_csv_json_and_a_page(evenhand, firm, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text("[frontier]\ntolerances = [0.4, 0.15]\n")
    ran = evenhand("frontier", firm / "book", "--to", tmp_path / "f", "--policy", policy, "--format", "json")
    assert ran.code == ExitCode.OK, ran.err
    found = json.loads(ran.out)
    assert [point["tolerance_share"] for point in found["points"]] == [0.4, 0.15]
    assert found == json.loads((tmp_path / "f/frontier.json").read_text())
    assert pl.read_csv(tmp_path / "f/frontier.csv").height == 2
    assert "±15" in (tmp_path / "f/frontier.html").read_text()
    assert evenhand("frontier", firm / "book", "--to", tmp_path / "f").code == ExitCode.REFUSED


def test_an_edit_says_what_it_does_is_checked_and_undone_to_the_byte(evenhand, firm, tmp_path):
    places = pl.read_csv(firm / "plan/assignment.csv")
    active = pl.read_csv(firm / "export/accounts.csv").filter(pl.col("churned_on").is_null())
    row = places.join(active.select("account_id"), on="account_id").filter(pl.col("territory_id") == "T01").row(0)
    edit = ("edit", firm / "plan", "--book", firm / "book", "--move", f"{row[0]}=T02")
    said = json.loads(evenhand(*edit, "--format", "json").out)
    assert said["edits"] == [f"move:{row[0]}=T02"]
    assert {measure["territory_id"] for measure in said["measures"]} == {"T01", "T02"}
    assert evenhand(*edit, "--to", tmp_path / "edited").code == ExitCode.OK
    assert evenhand("check", tmp_path / "edited", "--book", firm / "book").code == ExitCode.OK
    edited = ("edit", tmp_path / "edited", "--book", firm / "book")
    assert evenhand(*edited, "--repair", "--to", tmp_path / "repaired").code == ExitCode.OK
    assert evenhand("check", tmp_path / "repaired", "--book", firm / "book").code == ExitCode.OK
    undo = ("--book", firm / "book", "--undo", "--to")
    assert evenhand("edit", tmp_path / "repaired", *undo, tmp_path / "back").code == ExitCode.OK
    assert evenhand("edit", tmp_path / "back", *undo, tmp_path / "first").code == ExitCode.OK
    for one, other in ((tmp_path / "edited", tmp_path / "back"), (firm / "plan", tmp_path / "first")):
        files = sorted(path.name for path in one.iterdir())
        assert files == sorted(path.name for path in other.iterdir())
        assert [name for name in files if (one / name).read_bytes() != (other / name).read_bytes()] == []
    assert evenhand("edit", tmp_path / "first", *undo, tmp_path / "never").code == ExitCode.REFUSED
    assert evenhand(*edit[:-1], "NOBODY=T02").code == ExitCode.INPUT
    assert evenhand(*edit[:4]).code == ExitCode.INPUT
