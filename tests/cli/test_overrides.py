"""A plan's owners changed in a spreadsheet, and what comes back."""

import io
import json
import zipfile

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from evenhand.foundation.errors import ExitCode


@pytest.fixture(scope="module")
def sheet(evenhand, firm, tmp_path_factory):
    """Return the assignment as the workbook of the plan has it."""
    file = tmp_path_factory.mktemp("sheet") / "plan.xlsx"
    ran = evenhand("edit", firm / "plan", "--xlsx", file)
    assert ran.code == ExitCode.OK, ran.err
    return file


def read(file, name="assignment"):
    return fastexcel.read_excel(str(file)).load_sheet(name, dtypes="string").to_polars()


def save(rows, to, formulas=()):
    """Save rows as a spreadsheet program does; formulas by (row, column), counted from zero."""
    with xlsxwriter.Workbook(str(to)) as book:
        book.add_worksheet("notes & more").write_formula(0, 0, "=1+1")
        page = book.add_worksheet("assignment")
        page.write_row(0, 0, rows.columns)
        for at, row in enumerate(rows.iter_rows(), start=1):
            for column, value in enumerate(row):
                if (at, column) in formulas:
                    page.write_formula(at, column, formulas[at, column], None, value)
                elif value is not None:
                    page.write_string(at, column, value)
        book.add_worksheet("moves")
    return to


@pytest.fixture(scope="module")
def movable(firm):
    """Return active accounts of T01."""
    places = pl.read_csv(firm / "plan/assignment.csv")
    active = pl.read_csv(firm / "export/accounts.csv").filter(pl.col("churned_on").is_null())
    return (
        places.join(active.select("account_id"), on="account_id")
        .filter(pl.col("territory_id") == "T01")["account_id"]
        .to_list()
    )


def test_the_workbook_has_ids_as_text_and_no_formula(firm, sheet):
    rows = read(sheet)
    places = pl.read_csv(firm / "plan/assignment.csv", infer_schema=False)
    assert rows.select("account_id", "territory_id").equals(places)
    assert fastexcel.read_excel(str(sheet)).sheet_names == ["assignment", "moves", "territories", "quotas"]
    moves = pl.read_csv(firm / "plan/moves.csv", infer_schema=False)
    assert read(sheet, "moves")["account_id"].to_list() == moves["account_id"].to_list()
    with zipfile.ZipFile(io.BytesIO(sheet.read_bytes())) as archive:
        pages = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(pages) == 4
    assert not any(b"<f>" in page or b"<f " in page for page in pages)
    assert b"<sheetProtection" in pages[0]


def test_a_name_that_looks_like_a_formula_stays_a_name(firm):
    from evenhand.adapters.files.plan_workbooks import write_plan_workbook
    from evenhand.wiring.container import connect_outside

    record, _ = connect_outside().read_plan(firm / "plan")
    moves = record.tables["moves"]
    assert moves.height
    record.tables["moves"] = moves.with_columns(name=pl.lit("=1+1"))
    assert write_plan_workbook(record) == write_plan_workbook(record)
    workbook = fastexcel.read_excel(write_plan_workbook(record))
    assert set(workbook.load_sheet("moves").to_polars()["name"]) == {"=1+1"}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_changed_owner_is_weighed_and_becomes_a_plan(evenhand, firm, sheet, movable, tmp_path, suffix):
    account = movable[0]
    hit = pl.col("account_id") == account
    rows = read(sheet).with_columns(territory_id=pl.when(hit).then(pl.lit("T02")).otherwise("territory_id"))
    file = tmp_path / f"changed{suffix}"
    if suffix == ".xlsx":
        save(rows, file)
    else:
        rows.filter(hit).select("account_id", "territory_id").write_csv(file)
    edit = ("edit", firm / "plan", "--book", firm / "book", "--overrides", file, "--format", "json")
    ran = evenhand(*edit)
    assert ran.code == ExitCode.OK, ran.err
    said = json.loads(ran.out)
    assert said["edits"] == [f"move:{account}=T02"]
    assert {measure["territory_id"] for measure in said["measures"]} == {"T01", "T02"}
    by_hand = evenhand("edit", firm / "plan", "--book", firm / "book", "--move", f"{account}=T02", "--format", "json")
    assert json.loads(by_hand.out) == said
    assert evenhand(*edit, "--to", tmp_path / "plan").code == ExitCode.OK
    assert evenhand("check", tmp_path / "plan", "--book", firm / "book").code == ExitCode.OK
    places = dict(pl.read_csv(tmp_path / "plan/assignment.csv").iter_rows())
    assert places[account] == "T02"


def test_every_problem_is_said_at_once_by_row(evenhand, firm, sheet, movable, tmp_path):
    gone = pl.read_csv(firm / "export/accounts.csv").filter(pl.col("churned_on").is_not_null())["account_id"]
    kept = set(read(sheet)["account_id"])
    gone = [account for account in gone if account in kept]
    rows = [
        ("A9999999", "T02"),
        (movable[0], "T99"),
        (movable[1], "T02"),
        (movable[1], "T02"),
        (movable[2], ""),
        ("", "T02"),
        (movable[3], "T02"),
        *[(account, "nowhere") for account in gone[:1]],
    ]
    frame = pl.DataFrame(rows, schema=["account_id", "territory_id"], orient="row")
    frame = frame.with_columns(pl.all().replace("", None))
    file = save(frame, tmp_path / "bad.xlsx", {(7, 1): '="T0"&"2"'})
    ran = evenhand("edit", firm / "plan", "--book", firm / "book", "--overrides", file, "--to", tmp_path / "plan")
    assert ran.code == ExitCode.INPUT
    for row, said in {
        2: "no account 'A9999999'",
        3: "no seat 'T99'",
        5: f"{movable[1]} is in row 4 already",
        6: "territory_id is empty",
        7: "account_id is empty",
        8: "territory_id is a formula",
        **({9: "isn't an active account"} if gone else {}),
    }.items():
        assert any(f"row {row}:" in line and said in line for line in ran.err.splitlines()), (row, ran.err)
    assert "row 4:" not in ran.err
    assert not (tmp_path / "plan").exists()


def test_sheets_that_say_nothing_or_lack_a_column_are_refused(evenhand, firm, sheet, tmp_path):
    edit = ("edit", firm / "plan", "--book", firm / "book", "--overrides")
    ran = evenhand(*edit, sheet)
    assert (ran.code, "says nothing else" in ran.err) == (ExitCode.INPUT, True)
    lacking = save(read(sheet).select("account_id", owner="territory_id"), tmp_path / "lacking.xlsx")
    ran = evenhand(*edit, lacking)
    assert (ran.code, "has no column territory_id" in ran.err) == (ExitCode.INPUT, True)
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    assert evenhand(*edit, tmp_path / "broken.xlsx").code == ExitCode.INPUT
    assert evenhand(*edit, tmp_path / "notes.txt").code == ExitCode.INPUT
    assert evenhand(*edit, tmp_path / "none.csv").code == ExitCode.INPUT
    (tmp_path / "run.csv").write_text('account_id,territory_id\n=1+1,"=""T02"""\n')
    assert "is a formula" in evenhand(*edit, tmp_path / "run.csv").err


def test_accounts_that_move_as_one_are_not_torn_apart(firm, movable):
    from evenhand.app.overrides import Override, check_agreement
    from evenhand.foundation.errors import InputError
    from evenhand.plan.edits.consequence import Consequence

    accounts = pl.DataFrame(
        {
            "account_id": ["A", "B"],
            "from_territory_id": ["T01"] * 2,
            "to_territory_id": ["T03"] * 2,
            "grade": ["low"] * 2,
        }
    )
    went = Consequence((), accounts, pl.DataFrame(), pl.DataFrame(), 0, (), None)
    check_agreement("sheet", [Override(2, "A", "T03"), Override(3, "B", "T03")], went)
    with pytest.raises(InputError, match="row 2: A moves as one with an account"):
        check_agreement("sheet", [Override(2, "A", "T02"), Override(3, "B", "T03")], went)
