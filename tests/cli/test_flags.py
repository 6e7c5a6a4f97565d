"""The command that prices flags."""

import json

import pytest


@pytest.fixture(scope="module")
def folders(evenhand, tmp_path_factory):
    root = tmp_path_factory.mktemp("flags")
    assert evenhand("sample", root / "export", "--accounts", 200, "--territories", 8, "--seed", 4).code == 0
    assert evenhand("admit", root / "export", "--to", root / "book").code == 0
    assert evenhand("plan", root / "book", "--to", root / "plan").code in {0, 13}
    return root


def moving(folders):
    lines = (folders / "plan" / "moves.csv").read_text("utf-8").splitlines()[1:]
    return [line.split(",")[0] for line in lines]


def test_flags_are_priced_with_who_goes_instead_and_which_go_together(evenhand, folders):
    first, second = moving(folders)[:2]
    sheet = folders / "flags.csv"
    sheet.write_text(f"account_id,reason,words\n{first},anchor account,knows us\n{second},other,\n", encoding="utf-8")
    ran = evenhand("flags", folders / "plan", sheet, "--book", folders / "book", "--format", "json")
    assert ran.code == 0, ran.err
    said = json.loads(ran.out)
    assert [flag["account_id"] for flag in said["flags"]] == [first, second]
    assert all(flag["price"]["words"].endswith(".") for flag in said["flags"])
    assert said["flags"][0]["reason"] == "anchor account"
    assert len(said["bundle"]) + len(said["left_out"]) == 2
    table = evenhand("flags", folders / "plan", sheet, "--book", folders / "book")
    assert first in table.out
    assert "cheapest" in table.err or "None can be honoured" in table.err


def test_everything_wrong_with_a_sheet_is_named(evenhand, folders):
    sheet = folders / "wrong.csv"
    sheet.write_text("account_id,instead_account_id\n,A1\nA000001,A000002\n", encoding="utf-8")
    ran = evenhand("flags", folders / "plan", sheet, "--book", folders / "book")
    assert ran.code == 10
    assert "row 2: names no account" in ran.err
    assert "row 3: a swap names an account and the territory" in ran.err
    sheet.write_text("account,to\nA1,T1\n", encoding="utf-8")
    ran = evenhand("flags", folders / "plan", sheet, "--book", folders / "book")
    assert ran.code == 10
    assert "has no column account_id" in ran.err
