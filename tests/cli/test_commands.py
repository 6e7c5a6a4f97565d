"""What each command prints, writes and leaves with."""

import csv
import io
import json
import shutil
import subprocess
import sys

import pytest
import typer

from evenhand.cli.main import app

OK, USAGE, INPUT, BOOK_REJECTED, REFUSED, CLASH, SOURCE_DOWN = 0, 2, 10, 11, 12, 13, 14


def commands():
    """Return every command as the words that call it."""
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield (name,), command
        else:
            yield from (((name, sub), one) for sub, one in inner.items())


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=str)
def test_every_command_has_help_with_an_example(evenhand, words, command):
    ran = evenhand(*words, "--help")
    assert ran.code == OK
    assert f"evenhand {' '.join(words)}" in " ".join((command.help or "").split())


def test_python_m_evenhand_is_the_command():
    ran = subprocess.run([sys.executable, "-m", "evenhand", "--version"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.split()[0]) == (OK, "evenhand")


@pytest.mark.parametrize("words", [("plans",), ("plan",), ("plan", "--no-such-option")])
def test_wrong_usage_is_told_apart(evenhand, words):
    assert evenhand(*words).code == USAGE


def test_admit_prints_findings_as_data(evenhand, firm, tmp_path):
    for how, read in (("json", json.loads), ("csv", lambda text: list(csv.DictReader(io.StringIO(text))))):
        ran = evenhand("admit", firm / "export", "--to", tmp_path / how, "--format", how)
        assert ran.code == OK
        assert {"code", "severity", "message", "hint", "file", "row", "column"} <= set(read(ran.out)[0])


def test_admitting_the_same_again_is_fine_and_other_content_is_refused(evenhand, firm, tmp_path):
    assert evenhand("admit", firm / "export", "--to", firm / "book").code == OK
    other = tmp_path / "export"
    shutil.copytree(firm / "export", other)
    lines = (other / "accounts.csv").read_text().splitlines()
    (other / "accounts.csv").write_text("\n".join(lines[:-1]) + "\n")
    ran = evenhand("admit", other, "--to", firm / "book")
    assert ran.code == REFUSED
    assert "never overwritten" in ran.err


def test_a_source_without_required_tables_makes_no_book(evenhand, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "accounts.csv").write_text("account_id\nA1\n")
    ran = evenhand("admit", tmp_path / "source", "--to", tmp_path / "book")
    assert ran.code == BOOK_REJECTED
    assert not (tmp_path / "book").exists()


def test_rejected_rows_go_to_a_file_and_strict_makes_no_book(evenhand, firm, tmp_path):
    export = tmp_path / "export"
    shutil.copytree(firm / "export", export)
    with (export / "accounts.csv").open("a") as file:
        file.write((export / "accounts.csv").read_text().splitlines()[1] + "\n")
    strict = evenhand("admit", export, "--to", tmp_path / "strict", "--strict", "--rejects", tmp_path / "rejects.csv")
    assert strict.code == BOOK_REJECTED
    assert not (tmp_path / "strict").exists()
    assert (tmp_path / "rejects.csv").read_text().count("\n") >= 2
    assert evenhand("admit", export, "--to", tmp_path / "book").code == OK
    assert (tmp_path / "book.rejects.csv").exists()


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [("nowhere", INPUT, "source"), ("postgresql://127.0.0.1:1/crm", SOURCE_DOWN, "nothing answers")],
)
def test_a_source_that_isnt_there_is_said_so(evenhand, tmp_path, source, code, says):
    ran = evenhand("admit", source, "--to", tmp_path / "book")
    assert ran.code == code
    assert says in ran.err
    assert not (tmp_path / "book").exists()


def test_diagnose_in_every_form(evenhand, firm, tmp_path):
    table = evenhand("diagnose", firm / "book", "--html", tmp_path / "diagnosis.html")
    assert table.code == OK
    assert "T01" in table.out
    assert "<html" in (tmp_path / "diagnosis.html").read_text()
    assert {"territories", "verdicts", "triggers"} <= set(
        json.loads(evenhand("diagnose", firm / "book", "--format", "json").out)
    )
    rows = list(csv.DictReader(io.StringIO(evenhand("diagnose", firm / "book", "--format", "csv").out)))
    assert {"territory_id", "measure", "value", "status"} <= set(rows[0])


def test_a_plan_folder_holds_what_the_interface_says(firm):
    names = {path.name for path in (firm / "plan").iterdir()}
    assert names >= {
        "plan.json", "moves.csv", "assignment.csv", "territories.csv", "quotas.csv", "certificate.csv",
        "problem.parquet", "report.html",
    }  # fmt: skip
    summary = json.loads((firm / "plan" / "plan.json").read_text())
    wanted = {
        "status",
        "violation",
        "moves_by_grade",
        "cost",
        "objective",
        "bound",
        "gap",
        "seconds",
        "seed",
        "version",
    }
    assert wanted <= set(summary)
    assert set(summary["hashes"]) == {"book", "policy"}
    headers = {
        "moves": "account_id from_territory_id to_territory_id grade reason evidence",
        "assignment": "account_id territory_id",
        "territories": "territory_id measure before after target lower upper status_before status_after",
        "quotas": "territory_id line amount_cents",
        "certificate": "territory_id measure price",
    }
    for name, columns in headers.items():
        with (firm / "plan" / f"{name}.csv").open() as file:
            assert set(columns.split()) <= set(next(csv.reader(file))), name


def test_the_same_plan_again_has_the_same_bytes_but_for_the_seconds(evenhand, firm, tmp_path):
    assert evenhand("plan", firm / "book", "--to", tmp_path / "plan").code == OK
    for path in (firm / "plan").iterdir():
        mine, theirs = path.read_bytes(), (tmp_path / "plan" / path.name).read_bytes()
        if path.name == "plan.json":
            mine, theirs = ({**json.loads(text), "seconds": 0} for text in (mine, theirs))
        assert mine == theirs, path.name


def test_a_plan_is_replaced_only_when_told_to(evenhand, firm, tmp_path):
    plan = tmp_path / "plan"
    shutil.copytree(firm / "plan", plan)
    assert evenhand("plan", firm / "book", "--to", plan).code == REFUSED
    assert evenhand("plan", firm / "book", "--to", plan, "--replace").code == OK
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    assert evenhand("plan", firm / "book", "--to", tmp_path / "mine", "--replace").code == REFUSED
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep me"


def test_events_and_policies_reach_the_plan(evenhand, firm, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('name = "tight"\n[bands]\npotential = 0.1\n[scenario.loose.bands]\npotential = 0.5\n')
    words = ("plan", firm / "book", "--policy", policy, "--format", "json")
    ran = evenhand(*words, "--to", tmp_path / "left", "--event", "rep-left:territory=T01", "--seed", 3)
    assert ran.code in (OK, CLASH)
    summary = json.loads((tmp_path / "left" / "plan.json").read_text())
    assert (summary["events"], summary["seed"], summary["policy"]) == (["rep-left:territory=T01"], 3, "tight")
    assert evenhand(*words, "--to", tmp_path / "loose", "--scenario", "loose").code == OK
    assert json.loads((tmp_path / "loose" / "plan.json").read_text())["scenario"] == "loose"
    assert evenhand("check", tmp_path / "left", "--book", firm / "book").code == OK
    assert evenhand("check", tmp_path / "loose", "--book", firm / "book").code == OK


@pytest.mark.parametrize(
    "words",
    [
        ("--event", "rep-lost:territory=T01"),
        ("--event", "rep-left:territory=T77"),
        ("--policy", "nowhere.toml"),
        ("--scenario", "nothing"),
        ("--gap", "-1"),
        ("--seconds", "0"),
    ],
)
def test_a_plan_says_what_is_wrong_with_its_options(evenhand, firm, tmp_path, words):
    ran = evenhand("plan", firm / "book", "--to", tmp_path / "plan", *words)
    assert ran.code == INPUT
    assert ran.err.startswith("Error")
    assert not (tmp_path / "plan").exists()


def test_bands_that_cant_be_met_have_an_exit_code_and_a_plan(evenhand, tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "territories.csv").write_text("territory_id\nT1\nT2\n")
    (tmp_path / "export" / "accounts.csv").write_text("account_id,territory_id,potential\nA,T1,100\nB,T1,1\n")
    assert evenhand("admit", tmp_path / "export", "--to", tmp_path / "book", "--as-of", "2026-09-30").code == OK
    ran = evenhand("plan", tmp_path / "book", "--to", tmp_path / "plan")
    assert ran.code == CLASH
    summary = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert summary["status"] == "infeasible_bands"
    assert summary["relaxation"]["widening_share"] > 0
    assert evenhand("check", tmp_path / "plan", "--book", tmp_path / "book").code == OK


def test_check_finds_what_was_changed(evenhand, firm, tmp_path):
    assert evenhand("check", firm / "plan", "--book", firm / "book").code == OK
    for name, change in {
        "assignment.csv": lambda text: text.replace(",T01\n", ",T02\n", 1),
        "certificate.csv": _change_a_price,
        "plan.json": lambda text: text.replace('"seed": 0', '"seed": 0, "violation": -1'),
        "moves.csv": lambda text: text.rsplit("\n", 2)[0] + "\n",
        "policy.toml": lambda text: text.replace("potential = 0.15", "potential = 0.16"),
    }.items():
        plan = tmp_path / name
        shutil.copytree(firm / "plan", plan)
        before = (plan / name).read_text()
        after = change(before)
        assert after != before, name
        (plan / name).write_text(after)
        ran = evenhand("check", plan, "--book", firm / "book")
        assert ran.code == REFUSED, (name, ran.err)
        assert "NOT" in ran.err


def _change_a_price(text):
    lines = text.splitlines()
    row = next(i for i, line in enumerate(lines) if i and float(line.rsplit(",", 1)[1]) != 0)
    head, price = lines[row].rsplit(",", 1)
    lines[row] = f"{head},{float(price) * 1.5}"
    return "\n".join(lines) + "\n"


def test_check_names_files_that_are_gone(evenhand, firm, tmp_path):
    shutil.copytree(firm / "plan", tmp_path / "plan")
    (tmp_path / "plan" / "quotas.csv").unlink()
    ran = evenhand("check", tmp_path / "plan", "--book", firm / "book")
    assert ran.code == INPUT
    assert "quotas.csv" in ran.err


def test_compare_puts_plans_side_by_side(evenhand, firm, tmp_path):
    left = tmp_path / "left"
    evenhand("plan", firm / "book", "--to", left, "--event", "rep-left:territory=T02")
    rows = json.loads(evenhand("compare", firm / "plan", left, "--format", "json").out)
    assert {"figure", "plan", "left"} == set(rows[0])
    assert next(row for row in rows if row["figure"] == "events")["left"] == "rep-left:territory=T02"
    same = evenhand("compare", firm / "plan", firm / "plan", "--accounts", "--format", "json")
    assert json.loads(same.out) == []
    other = json.loads(evenhand("compare", firm / "plan", left, "--accounts", "--format", "json").out)
    assert other
    assert evenhand("compare", firm / "plan").code == INPUT


def test_policy_commands(evenhand, tmp_path):
    file = tmp_path / "policy.toml"
    assert evenhand("policy", "init", file).code == OK
    assert evenhand("policy", "init", file).code == REFUSED
    assert evenhand("policy", "check", file).code == OK
    rows = json.loads(evenhand("policy", "show", file, "--format", "json").out)
    assert {"entry", "value", "unit", "allowed", "effective_on", "source", "text"} == set(rows[0])
    assert json.loads(evenhand("policy", "diff", file, "--format", "json").out) == []
    file.write_text(file.read_text().replace("workload_ceiling = 1.0", "workload_ceilng = 1.0"))
    ran = evenhand("policy", "check", file)
    assert ran.code == INPUT
    assert "'bands.workload_ceiling'" in ran.err


def test_explain(evenhand):
    assert "How to fix it" in evenhand("explain", "PL110").out
    assert evenhand("explain", "pl110").code == OK
    assert evenhand("explain", "PL999").code == INPUT


def test_demo_tells_the_whole_story_in_ten_lines(evenhand, tmp_path):
    words = ("demo", "--to", tmp_path / "demo", "--accounts", 150, "--territories", 4, "--no-serve")
    ran = evenhand(*words)
    assert ran.code == OK, ran.err
    assert len(ran.out.strip().splitlines()) == 10
    for name in ("export/accounts.csv", "book/book.json", "diagnosis.html", "plan/report.html", "policy.toml"):
        assert (tmp_path / "demo" / name).exists(), name
    assert evenhand(*words).code == OK
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    assert evenhand("demo", "--to", tmp_path / "mine", "--no-serve").code == REFUSED
    assert (tmp_path / "mine" / "notes.txt").exists()
