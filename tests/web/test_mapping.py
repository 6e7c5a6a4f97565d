"""Mapping an export on screen: from raw files to a book, with what was recognised, chosen, derived and saved."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

STORES = {
    "stores.csv": "StoreID,Name,SalesPersonID,TerritoryID,AnnualRevenue,Opened\n"
    "1,North,S1,9,100,31/12/2020\n2,South,S2,9,200,01/02/2021\n3,East,S1,8,300,\n",
    "quota_history.csv": "SalesPersonID,QuotaDate,SalesQuota\nS1,2026-01-01,10\nS1,2026-04-01,20\nM1,2026-01-01,30\n",
    "territories.csv": "TerritoryID,CountryRegionCode\n9,US\n8,CA\n",
}
DEALS = {
    "accounts.csv": "account,sector,revenue,phone\nAcme,retail,1.5,555-1\nBolt,media,2,555-2\n",
    "sales_pipeline.csv": "opportunity_id,sales_agent,account,deal_stage,engage_date,close_date,close_value\n"
    "1,Ann,Acme,Won,2026-01-03,2026-02-03,5\n2,Bob,Acme,Engaging,2026-02-03,,\n3,Bob,Bolt,Engaging,2026-02-04,,\n",
    "sales_teams.csv": "sales_agent,manager,regional_office\nAnn,Mo,East\nBob,Mo,East\n",
}


def files_of(texts: dict[str, str]) -> list[Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return [SimpleUploadedFile(name, text.encode()) for name, text in texts.items()]


def keep(client: Any, texts: dict[str, str], **said: Any) -> str:
    answer = client.post("/books/new/", {"files": files_of(texts), "do": "columns", **said})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def read_fields(page: str) -> dict[str, Any]:
    """Return what a browser would send of the form as it stands."""
    form = page[page.index('id="mapping"') : page.index("</form>", page.index('id="mapping"'))]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in said and (said.get("type") != "checkbox" or " checked" in tag):
            fields.setdefault(said["name"], []).append(unescape(said.get("value", "")))
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        assert chosen, name
        fields[name] = unescape(chosen.group(1))
    return fields


def open_page(client: Any, path: str) -> tuple[str, dict[str, Any]]:
    page = client.get(path).content.decode()
    return page, read_fields(page)


def bring(client: Any, path: str, fields: dict[str, Any]) -> Any:
    from evenhand.adapters.store.models import Book
    from evenhand.wiring.admitting import admit_upload

    answer = client.post(path, {**fields, "do": "bring"})
    assert answer.status_code == 302, answer.content.decode()
    pk = answer["Location"].strip("/").split("/")[-1]
    admit_upload(pk)
    return Book.objects.get(pk=pk)


def tables_of(book: Any) -> Any:
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.shelf import open_shelf

    return connect_outside().read_book(open_shelf().book(book.content_hash))


def test_an_export_of_stores_is_mapped_on_screen(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    path = keep(client, STORES)
    page, fields = open_page(client, path)
    assert fields["c.accounts.account_id"] == "=StoreID"
    assert "StoreID (1, 2, 3)" in page
    assert "recognised" in page
    # The export's territories are regions, another thing; the salesperson is the seat.
    fields = {**fields, "t.2": "", "c.accounts.territory_id": "=SalesPersonID"}
    page = client.post(path, {**fields, "do": "look"}).content.decode()
    assert "Make a territory of each value" in page
    fields = {**read_fields(page), "p": ["territories-of-accounts", "end-of-quotas"]}
    fields["p"] += [key for key in re.findall(r'name="p" value="([^"]+)"', page) if "country" in key]
    fields["f.accounts.created_on.date"] = "%d/%m/%Y"
    fields["c.accounts.created_on"] = "=Opened"
    page = client.post(path, {**fields, "do": "look"}).content.decode()
    assert "A book comes out" in page
    # The quota of a manager is none of the book's business: the finding offers the lines.
    lines = unescape(re.search(r'name="add" value="([^"]+leave_out_orphans[^"]+)"', page).group(1))  # type: ignore[union-attr] # it is there
    page = client.post(path, {**read_fields(page), "add": lines}).content.decode()
    book = bring(client, path, {**read_fields(page), "mapping_name": "Stores"})
    assert book.is_ready, book.problem
    tables = tables_of(book)
    assert tables.accounts["territory_id"].to_list() == ["S1", "S2", "S1"]
    assert tables.accounts["country"].to_list() == ["US", "US", "CA"]
    assert str(tables.accounts["created_on"][0]) == "2020-12-31"
    assert tables.quotas["territory_id"].to_list() == ["S1", "S1"]
    assert book.settings["mapping"] == {"id": book.settings["mapping"]["id"], "name": "Stores", "number": 1}


def test_an_export_of_deals_comes_out_from_its_names_alone(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    path = keep(client, DEALS)
    page, fields = open_page(client, path)
    assert "A book comes out" in page
    assert "Bob" in page[page.index("How it comes out") :]
    fields = {**fields, "f.accounts.annual_revenue.scale": "1000000", "x.accounts": ["phone"], "currency": "eur"}
    fields["p"] = ["managers"]
    book = bring(client, path, fields)
    tables = tables_of(book)
    assert (book.currency, tables.accounts["annual_revenue_cents"].to_list()) == ("EUR", [150_000_000, 200_000_000])
    assert "phone" not in tables.accounts.columns
    assert tables.accounts["territory_id"].to_list() == ["Ann", "Bob"] or tables.accounts.height == 2
    assert tables.opportunities["is_won"].to_list() == [True, False, False]
    assert "Mo" in tables.reps["rep_id"].to_list()


def test_the_preview_follows_a_change_and_keeps_nothing(sign_in: Callable[[str], Any]) -> None:
    from evenhand.adapters.store.models import Upload

    client = sign_in("revops")
    path = keep(client, DEALS)
    _, fields = open_page(client, path)
    preview = path.replace("columns", "preview")
    part = client.post(preview, {**fields, "c.accounts.account_id": ""}).content.decode()
    assert "<html" not in part
    assert "No book yet" in part
    assert "BK202" in part or "BK205" in part
    wrong = client.post(preview, {**fields, "st.number.0": "many"}).content.decode()
    assert "whole number" in wrong
    assert Upload.objects.get().mapping == ""


def test_a_mapping_is_saved_in_versions_downloaded_and_taken_the_next_time(sign_in: Callable[[str], Any]) -> None:
    from evenhand.adapters.store.models import SavedMapping
    from evenhand.book.mapping import read_mapping

    client = sign_in("revops")
    path = keep(client, DEALS)
    _, fields = open_page(client, path)
    fields["x.accounts"] = ["phone"]
    for changed in ({}, {}, {"x.accounts": []}):
        assert client.post(path, {**fields, **changed, "do": "save", "mapping_name": "CRM"}).status_code == 302
        fields["version"] = str(int(fields["version"]) + 1) if isinstance(fields["version"], str) else fields["version"]
        fields["version"] = read_fields(client.get(path).content.decode())["version"]
    assert list(SavedMapping.objects.values_list("number", flat=True)) == [2, 1]
    first = SavedMapping.objects.get(number=1)
    text = client.get(f"/mappings/{first.pk}.toml").content.decode()
    assert read_mapping(text).table("accounts").leave_out == ("phone",)
    assert "CRM" in client.get("/mappings/").content.decode()
    page, fields = open_page(client, keep(client, DEALS))
    assert "fits these files" in page
    assert fields["mapping_name"] == ["CRM"]
    assert "fits these files" not in client.get(keep(client, STORES)).content.decode()


def test_what_has_no_field_stays_and_can_be_written_as_text(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    path = keep(client, DEALS)
    page, fields = open_page(client, path)
    text = unescape(page[page.index('spellcheck="false">') + 19 : page.index("</textarea>")])
    text = text.replace(
        "[tables.accounts.columns]", '[tables.accounts.values.vertical]\nmedia = "press"\n[tables.accounts.columns]'
    )
    page = client.post(path, {**fields, "do": "text", "text": text}).content.decode()
    fields = read_fields(page)
    fields["c.accounts.name"] = ""
    answer = client.post(path, {**fields, "do": "download"})
    assert 'media = "press"' in answer.content.decode()
    assert answer["Content-Disposition"].endswith('.toml"')
    wrong = client.post(path, {**fields, "do": "text", "text": "[tables.acounts]"})
    assert wrong.status_code == 422
    assert "did you mean &#x27;accounts&#x27;" in wrong.content.decode()


def test_of_two_people_nobodys_mapping_is_lost_without_a_word(sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    path = keep(client, DEALS)
    _, mine = open_page(client, path)
    assert client.post(path, {**mine, "x.accounts": ["phone"], "do": "look"}).status_code == 200
    late = client.post(path, {**mine, "x.accounts": ["sector"], "do": "bring"})
    assert late.status_code == 409
    assert "changed this mapping since" in late.content.decode()


def test_a_book_that_came_to_nothing_is_mapped_without_uploading_again(sign_in: Callable[[str], Any]) -> None:
    from evenhand.adapters.store.models import Book
    from evenhand.wiring.admitting import admit_upload

    client = sign_in("revops")
    asked = client.post("/books/new/", {"files": files_of(STORES)})["Location"]
    admit_upload(asked.strip("/").split("/")[-1])
    page = client.get(asked).content.decode()
    assert "Look at its columns" in page
    path = client.post(f"{asked}columns/")["Location"]
    _, fields = open_page(client, path)
    book = bring(client, path, fields)
    assert book.is_ready
    assert Book.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("accounts.csv", b"", "is empty"),
        ("accounts.csv", b"account_id,territory_id\n", "No rows"),
        ("accounts.csv", b"id,id,owner\n1,2,T1\n", "id"),
        ("accounts.csv", "Kontó,Név\n1,Ő\n".encode("cp1250"), "encoding"),
        ("accounts.xlsx", b"PK not a workbook", "can&#x27;t be read"),
        ("accounts.parquet", b"PAR1", "can&#x27;t be read"),
        ("shopping.csv", b"milk,bread\n1,2\n", "No book yet"),
    ],
    ids=["empty", "header alone", "one name twice", "encoding", "no workbook", "no parquet", "something else"],
)
def test_files_that_are_no_use_say_so_on_the_page(
    name: str, content: bytes, words: str, sign_in: Callable[[str], Any]
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = sign_in("revops")
    answer = client.post("/books/new/", {"files": SimpleUploadedFile(name, content), "do": "columns"})
    if answer.status_code == 422:
        assert words in answer.content.decode()
        return
    page = client.get(answer["Location"]).content.decode()
    assert words in page
    assert "No book yet" in page
