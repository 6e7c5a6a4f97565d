"""Bringing books in: what is taken, what is refused with a reason, what was found."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def upload(name: str, content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def pack(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), text)
    return packed.getvalue()


TERRITORIES = "territory_id,name\nT1,North\nT2,South\n"
ACCOUNTS = "account_id,territory_id,annual_revenue\nA1,T1,100\nA2,T2,200\nA3,T9,300\n"


def bring_in(client: Any, **said: Any) -> Any:
    return client.post("/books/new/", said)


def admit(answer: Any) -> Any:
    from evenhand.adapters.store.models import Book
    from evenhand.wiring.admitting import admit_upload

    assert answer.status_code == 302, answer.content.decode()
    pk = answer["Location"].strip("/").split("/")[-1]
    admit_upload(pk)
    return Book.objects.get(pk=pk)


def test_a_zip_becomes_a_book_with_its_findings_and_rejected_rows(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    packed = pack(export__accounts_csv=ACCOUNTS, export__territories_csv=TERRITORIES)
    book = admit(bring_in(client, files=upload("export.zip", packed), name="Small", currency="usd", as_of="2026-09-30"))
    assert book.is_ready, book.problem
    assert (book.currency, str(book.as_of), book.summary["n_rejected"]) == ("USD", "2026-09-30", 1)
    page = client.get(f"/books/{book.pk}/").content.decode()
    assert "T9" in page
    rejected = b"".join(client.get(f"/books/{book.pk}/rejected.csv"))
    assert b"A3" in rejected
    assert client.get(f"/books/{book.pk}/diagnosis/").status_code == 200


def test_findings_are_filtered_explained_and_downloaded(sign_in: Callable[[str], Any]) -> None:
    import polars as pl

    client = sign_in("viewer")
    files = [upload("accounts.csv", ACCOUNTS.encode()), upload("territories.csv", TERRITORIES.encode())]
    path = f"/books/{admit(bring_in(sign_in('revops'), files=files, as_of='2026-09-30')).pk}/findings/"

    def codes(**asked: str) -> set[str]:
        rows = pl.read_csv(client.get(path, {**asked, "format": "csv"}).content)
        return set(rows["code"]) if rows.height else set()

    everything = codes()
    assert codes(severity="error") == {"BK404"}
    assert codes(table="accounts") > {"BK404"}
    assert codes(code="BK206") == {"BK206"}
    assert codes(find="T9 territory_id") == {"BK404"}
    assert codes(severity="error") | codes(severity="warning") | codes(severity="note") == everything
    page = client.get(path, {"code": "BK404"}).content.decode()
    assert "What to do:" in page
    assert "accounts.csv · row 4 · column territory_id" in page
    assert "Rejected rows" not in page
    assert "Nothing matches" in client.get(path, {"find": "nosuchword"}).content.decode()
    row = pl.read_csv(client.get(path, {"severity": "error", "format": "csv"}).content).row(0, named=True)
    assert (row["file"], row["row"], row["column"], row["value"]) == ("accounts.csv", 4, "territory_id", "T9")


def test_files_on_their_own_become_a_book(sign_in: Callable[[str], Any]) -> None:
    files = [upload("accounts.csv", ACCOUNTS.encode()), upload("territories.csv", TERRITORIES.encode())]
    assert admit(bring_in(sign_in("revops"), files=files, currency="USD", as_of="2026-09-30")).is_ready


def test_what_is_no_firm_at_all_says_so_and_makes_no_book(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    book = admit(bring_in(client, files=upload("shopping.csv", b"milk,bread\n1,2\n")))
    assert book.state == "failed"
    page = client.get(f"/books/{book.pk}/").content.decode()
    assert "No book was made" in page
    assert "What was found in the data" in page
    assert client.get(f"/books/{book.pk}/diagnosis/").status_code == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Choose the files"),
        ({"files": ("notes.pdf", b"%PDF")}, "CSV, Parquet or Excel"),
        ({"files": ("export.zip", b"not a zip")}, "isn&#x27;t a zip"),
        ({"files": ("export.zip", pack(readme="hello"))}, "holds no CSV"),
        ({"files": ("export.zip", pack(a__accounts_csv="x", b__accounts_csv="y"))}, "more than once"),
        ({"files": ("accounts.csv", ACCOUNTS.encode()), "currency": "U$D"}, "Three letters"),
        ({"files": ("accounts.csv", ACCOUNTS.encode()), "mapping": ("m.toml", b"[nonsense")}, "mapping"),
    ],
    ids=["nothing", "pdf", "no zip", "empty zip", "twice", "currency", "mapping"],
)
def test_what_cant_be_taken_in_is_said_on_the_form_and_nothing_is_kept(
    said: dict[str, Any], words: str, sign_in: Callable[[str], Any], shelf_folder: Path
) -> None:
    from evenhand.adapters.store.models import Book

    before = set((shelf_folder / "uploads").glob("*"))
    fields = {name: upload(*value) if isinstance(value, tuple) else value for name, value in said.items()}
    answer = bring_in(sign_in("revops"), **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Book.objects.exists()
    assert set((shelf_folder / "uploads").glob("*")) == before


def test_a_zip_writes_nowhere_but_into_its_folder(sign_in: Callable[[str], Any], shelf_folder: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../escaped.csv", "account_id\n")
    answer = bring_in(sign_in("revops"), files=upload("export.zip", packed.getvalue()))
    assert answer.status_code == 302
    assert not list(shelf_folder.parent.rglob("escaped.csv")) or all(
        "uploads" in path.parts for path in shelf_folder.parent.rglob("escaped.csv")
    )


def test_a_zip_that_unpacks_to_too_much_is_refused(sign_in: Callable[[str], Any], settings: Any) -> None:
    settings.EVENHAND_UPLOAD_BYTES = 20_000
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("accounts.csv", "0" * 5_000_000)
    answer = bring_in(sign_in("revops"), files=upload("export.zip", packed.getvalue()))
    assert answer.status_code == 422
    assert "too large when unpacked" in answer.content.decode()


def test_folders_on_the_server_are_those_that_the_settings_allow(
    sign_in: Callable[[str], Any], settings: Any, firm: Path, tmp_path: Path, people: dict[str, Any]
) -> None:
    from evenhand.foundation.errors import InputError
    from evenhand.web.requesting import BookWish, ask_book

    client = sign_in("revops")
    assert "folder on the server" not in client.get("/books/new/").content.decode()
    settings.EVENHAND_SOURCES = (firm.parent,)
    assert str(firm) in client.get("/books/new/").content.decode()
    assert bring_in(client, server_path=str(firm)).status_code == 302
    for path in (str(tmp_path), str(firm.parent / ".." / ".."), "/etc/passwd", str(firm.parent / "missing")):
        with pytest.raises(InputError):
            ask_book(people["revops"], BookWish(server_path=path))
    link = firm.parent / "link"
    link.symlink_to("/etc")
    with pytest.raises(InputError):
        ask_book(people["revops"], BookWish(server_path=str(link)))


def test_progress_is_shown_until_it_has_ended(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    answer = bring_in(client, files=upload("accounts.csv", ACCOUNTS.encode()))
    page = client.get(answer["Location"]).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    progress = answer["Location"] + "progress/"
    assert "HX-Refresh" not in client.get(progress)
    assert client.post(answer["Location"] + "cancel/").status_code == 302
    assert client.get(progress)["HX-Refresh"] == "true"
    assert "stopped before it was done" in client.get(answer["Location"]).content.decode()


def test_tables_carry_nothing_that_a_spreadsheet_would_run() -> None:
    import polars as pl

    from evenhand.web.tables import serve_table

    table = pl.DataFrame({"name": ["=1+1", "@SUM(A1)", "plain", None], "ids": [["-x"], ["a", "b"], [], None]})
    text = serve_table(table, 'a "name"\r\n.csv')
    lines = text.content.decode("utf-8-sig").splitlines()
    assert lines == ["name,ids", "'=1+1,-x", "'@SUM(A1),a; b", "plain,", ","]
    assert text["Content-Disposition"] == 'attachment; filename="a _name___.csv"'
