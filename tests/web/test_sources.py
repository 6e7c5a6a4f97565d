"""Saved sources: a folder on the server and its mapping, brought in by one click."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

MAPPING = '[tables.accounts]\nfrom = "customers"\ncolumns = { account_id = "Id", territory_id = "Seat" }\n'


@pytest.fixture
def export(settings: Any, tmp_path: Path) -> Path:
    """Return a folder on the server that may be read."""
    folder = tmp_path / "allowed" / "nightly"
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text("Id,Seat,created_on\nA1,T1,2026-01-01\n", "utf-8")
    (folder / "territories.csv").write_text("territory_id\nT1\n", "utf-8")
    settings.EVENHAND_SOURCES = (tmp_path / "allowed",)
    return folder


@pytest.fixture
def source(export: Path, people: dict[str, Any], sign_in: Callable[[str], Any]) -> Any:
    """Return a source that was saved on the page."""
    from evenhand.adapters.store.models import SavedMapping, SavedSource

    SavedMapping.objects.create(name="CRM", number=1, text=MAPPING, created_by=people["revops"])
    said = {"name": "Nightly", "server_path": str(export), "mapping_name": "CRM", "currency": "eur"}
    assert sign_in("revops").post("/sources/", said).status_code == 302
    return SavedSource.objects.get()


def bring(client: Any, source: Any) -> Any:
    from evenhand.adapters.store.models import Book
    from evenhand.wiring.admitting import admit_upload

    answer = client.post(f"/sources/{source.pk}/bring/")
    assert answer.status_code == 302, answer.content.decode()
    pk = answer["Location"].strip("/").split("/")[-1]
    admit_upload(pk)
    return Book.objects.get(pk=pk)


def test_a_source_is_brought_in_again_and_again_by_its_latest_mapping(
    sign_in: Callable[[str], Any], source: Any, export: Path, people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import SavedMapping

    client = sign_in("revops")
    first = bring(client, source)
    assert first.is_ready, first.problem
    assert (first.currency, first.summary["rows"]["accounts"]) == ("EUR", 1)
    assert first.settings["mapping"]["number"] == 1
    (export / "customers.csv").write_text("Id,Seat,created_on,Tier\nA1,T1,2026-01-01,A\nA2,T1,2026-02-01,B\n", "utf-8")
    text = MAPPING.replace("}", ', tier = "Tier" }')
    SavedMapping.objects.create(name="CRM", number=2, text=text, created_by=people["revops"])
    second = bring(client, source)
    assert (second.summary["rows"]["accounts"], second.settings["mapping"]["number"]) == (2, 2)
    columns = client.post(f"/books/{second.pk}/columns/")["Location"]
    page = client.get(columns).content.decode()
    assert "customers.csv" in page
    assert "A book comes out" in page


def test_a_folder_that_may_not_be_read_any_more_is_refused_in_words(
    sign_in: Callable[[str], Any], source: Any, settings: Any, tmp_path: Path
) -> None:
    client = sign_in("revops")
    settings.EVENHAND_SOURCES = (tmp_path / "other",)
    answer = client.post(f"/sources/{source.pk}/bring/")
    assert answer.status_code == 422
    assert "EVENHAND_SOURCES" in answer.content.decode()


def test_what_cant_be_saved_says_why(sign_in: Callable[[str], Any], source: Any, tmp_path: Path) -> None:
    client = sign_in("revops")
    said = {"name": "Another", "server_path": source.server_path, "currency": ""}
    for wrong, words in (
        ({"name": "Nightly"}, "of that name already"),
        ({"server_path": str(tmp_path)}, "valid choice"),
        ({"currency": "U$D"}, "Three letters"),
    ):
        answer = client.post("/sources/", {**said, **wrong})
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_a_source_that_is_removed_leaves_its_books(sign_in: Callable[[str], Any], source: Any) -> None:
    from evenhand.adapters.store.models import AuditEvent, Book

    client = sign_in("revops")
    bring(client, source)
    assert client.post(f"/sources/{source.pk}/remove/").status_code == 302
    assert "None yet" in client.get("/sources/").content.decode()
    assert Book.objects.count() == 1
    assert AuditEvent.objects.filter(action="source.removed").exists()
