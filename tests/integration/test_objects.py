"""A folder in an object store, served by moto's own HTTP server, is a source like any other."""

import json
import os
import subprocess
import sys

import pytest

from evenhand.adapters.sources.objects import copying
from evenhand.adapters.sources.objects.copying import Bounds, copy_folder, show_address
from evenhand.foundation.errors import InputError, SourceError

ENDINGS = (".csv", ".parquet")
KEY, SECRET = "AKIAEXAMPLE", "very-secret-key"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A bucket with an export, further files beside it, and one further down."""
    server = pytest.importorskip("moto.server", reason="needs moto's server")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name, value in {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}.items():
        patch.setenv(name, value)
    import boto3

    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="exports")
    folder = tmp_path_factory.mktemp("firm") / "export"
    command = [sys.executable, "-m", "evenhand", "sample", str(folder), "--accounts", "100", "--territories", "4"]
    subprocess.run(command, check=True, capture_output=True)
    for path in folder.glob("*.csv"):
        client.upload_file(str(path), "exports", f"2026-Q4/{path.name}")
    client.put_object(Bucket="exports", Key="2026-Q4/notes.md", Body=b"not a table")
    client.put_object(Bucket="exports", Key="2026-Q4/older/accounts.csv", Body=b"account_id\n")
    try:
        yield client, folder
    finally:
        patch.undo()
        running.stop()


def test_the_book_is_the_same_as_from_the_folder(store, tmp_path):
    _, folder = store
    hashes = []
    for source in (str(folder), "s3://exports/2026-Q4"):
        to = tmp_path / str(len(hashes))
        done = subprocess.run(
            [sys.executable, "-m", "evenhand", "admit", source, "--to", str(to)], env=dict(os.environ),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout + done.stderr
        said = json.loads((to / "book.json").read_text())
        hashes.append(said["content_hash"])
    assert hashes[0] == hashes[1]
    assert "s3://exports/2026-Q4/accounts.csv" in {one["name"] for one in said["sources"]}


def copy(address, tmp_path, **more):
    return copy_folder(address, tmp_path, ENDINGS, allow_http=True, **more)


def test_only_the_folder_s_own_tables_are_copied_in_pieces(store, tmp_path, monkeypatch):
    _, folder = store
    monkeypatch.setattr(copying, "_PIECE_BYTES", 1000)
    copy("s3://exports/2026-Q4/", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in folder.glob("*.csv")
    }


def test_a_single_file_is_copied(store, tmp_path):
    copy("s3://exports/2026-Q4/reps.csv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["reps.csv"]


def test_a_file_that_is_replaced_meanwhile_is_not_mixed(store, tmp_path, monkeypatch):
    client, _ = store
    monkeypatch.setattr(copying, "_PIECE_BYTES", 10)
    client.put_object(Bucket="exports", Key="moving/accounts.csv", Body=b"a" * 40)
    picked = copying._pick

    def replace_after(*args):
        found = picked(*args)
        client.put_object(Bucket="exports", Key="moving/accounts.csv", Body=b"b" * 40)
        return found

    monkeypatch.setattr(copying, "_pick", replace_after)
    with pytest.raises(SourceError, match="replaced while it was read") as raised:
        copy("s3://exports/moving", tmp_path)
    assert raised.value.transient


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (Bounds(n_files=2), "more than 2"),
        (Bounds(file_bytes=100), "more than 0.0"),
        (Bounds(all_bytes=100), "the files have"),
    ],
)
def test_what_is_too_much_is_not_copied(store, tmp_path, bounds, words):
    with pytest.raises(InputError, match=words):
        copy("s3://exports/2026-Q4", tmp_path, bounds=bounds)
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_and_a_missing_bucket_are_said(store, tmp_path):
    with pytest.raises(InputError, match="holds no file that ends in"):
        copy("s3://exports/2026-Q3", tmp_path)
    with pytest.raises(SourceError, match="no such bucket"):
        copy("s3://nothing/2026-Q4", tmp_path)


def test_plain_http_is_for_this_machine_only(store, tmp_path):
    with pytest.raises(SourceError):
        copy_folder("s3://exports/2026-Q4", tmp_path, ENDINGS)


def test_an_address_with_a_key_is_refused_and_not_repeated(tmp_path):
    for address in ("s3://key:s3cret@bucket/x", "az://account/container/x?sig=s3cret"):
        with pytest.raises(InputError, match="environment") as raised:
            copy(address, tmp_path)
        assert "s3cret" not in str(raised.value)
        assert "s3cret" not in show_address(address)
