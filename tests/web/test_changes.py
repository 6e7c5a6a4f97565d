"""What changed between two books, on a page and as a file."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

pytestmark = pytest.mark.django_db

TERRITORIES = "territory_id,name\nT1,North\nT2,South\n"
EARLIER = "account_id,territory_id,annual_revenue\nA1,T1,100\nA2,T2,200\nA3,T1,300\n"
LATER = "account_id,territory_id,annual_revenue\nA1,T2,100\nA2,T2,250.5\nA4,T1,400\n"


def make(client: Any, name: str, accounts: str, as_of: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evenhand.adapters.store.models import Book
    from evenhand.wiring.admitting import admit_upload

    files = [
        SimpleUploadedFile(file, text.encode())
        for file, text in (("accounts.csv", accounts), ("territories.csv", TERRITORIES))
    ]
    asked = client.post("/books/new/", {"files": files, "name": name, "as_of": as_of, "currency": "USD"})
    pk = asked["Location"].strip("/").split("/")[-1]
    admit_upload(pk)
    return Book.objects.get(pk=pk)


def test_what_changed_since_the_book_before_is_listed_and_downloaded(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    earlier = make(client, "Q3", EARLIER, "2026-06-30")
    later = make(client, "Q4", LATER, "2026-09-30")
    path = f"/books/{later.pk}/changes/"
    page = client.get(path).content.decode()
    assert "since <bdi>Q3</bdi>" in page
    assert "territory id: <bdi>T1</bdi> → <bdi>T2</bdi>" in page
    assert "annual revenue: <bdi>200</bdi> → <bdi>250.50</bdi>" in page
    new = pl.read_csv(client.get(path, {"change": "new", "format": "csv"}).content)
    assert new["account_id"].to_list() == ["A4"]
    moves = pl.read_csv(client.get(path, {"table": "moves", "format": "csv"}).content)
    assert moves.select("from_territory_id", "to_territory_id", "n_accounts").rows() == [("T1", "T2", 1)]
    back = client.get(f"/books/{earlier.pk}/changes/", {"since": later.pk, "change": "gone"}).content.decode()
    assert "<bdi>A4</bdi>" in back
    assert "no earlier book" in client.get(f"/books/{earlier.pk}/changes/").content.decode()


def test_pages_follow_each_other_and_what_isnt_there_isnt_found(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    many = "account_id,territory_id\n" + "".join(f"B{i:03},T1\n" for i in range(120))
    make(client, "Q3", EARLIER, "2026-06-30")
    path = f"/books/{make(client, 'Q4', many, '2026-09-30').pk}/changes/"
    second = client.get(path, {"change": "new", "page": "2"}).content.decode()
    assert "<bdi>B050</bdi>" in second
    assert "<bdi>B049</bdi>" not in second
    assert client.get(path, {"since": "nonsense"}).status_code == 404
    assert client.get(path, {"table": "tables"}).status_code == 404
    assert sign_in("manager").get(path).status_code == 404
