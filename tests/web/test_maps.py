"""Maps: what is drawn, for whom; areas and accounts that are decided about on them."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

pytestmark = pytest.mark.django_db


def unpack(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a map as the browser does."""
    types = {"Float32Array": "<f4", "Uint32Array": "<u4", "Uint16Array": "<u2", "Uint8Array": "u1"}
    length = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + length])
    columns = {
        item["name"]: np.frombuffer(raw, types[item["type"]], item["length"], 4 + length + item["offset"])
        for item in head["columns"]
    }
    return head, columns


def share(sign_in: Callable[[str], Any], run: Any) -> None:
    sign_in("revops").post(f"/plans/{run.pk}/share/", {"audience": "shared", "version": run.version})


def around(columns: dict[str, Any], rows: Any) -> str:
    """Draw a polygon around points."""
    west, east = columns["x"][rows].min() - 0.5, columns["x"][rows].max() + 0.5
    south, north = columns["y"][rows].min() - 0.5, columns["y"][rows].max() + 0.5
    return f"{west} {south} {east} {south} {east} {north} {west} {north}"


def test_the_map_of_a_book_has_every_account_where_it_is(sign_in: Callable[[str], Any], book: Any) -> None:
    from evenhand.web.maps import find_ground

    head, columns = unpack(sign_in("viewer").get(f"/books/{book.pk}/map/points").content)
    sheet = find_ground(book).sheet
    placed = sheet.with_row_index().filter(pl.col("latitude").is_not_null())
    assert columns["row"].tolist() == placed["index"].to_list()
    assert head["n_unplaced"] == sheet.height - placed.height
    ids = [head["territories"][number]["id"] for number in columns["before"]]
    assert ids == placed["territory_id"].to_list()
    # North is up and east is right.
    for axis, degrees in (("y", "latitude"), ("x", "longitude")):
        assert np.corrcoef(columns[axis], placed[degrees].to_numpy())[0, 1] > 0.95
    assert "after" not in columns
    assert {head["grades"][grade] for grade in columns["grade"]} == {"low", "medium", "high"}
    assert {territory["colour"] for territory in head["territories"]} == set(range(8))


def test_people_see_the_accounts_of_their_territories_alone(sign_in: Callable[[str], Any], book: Any, run: Any) -> None:
    from evenhand.web.maps import find_ground

    share(sign_in, run)
    sheet = find_ground(book).sheet
    seen: dict[str, set[str]] = {}
    for name in ("viewer", "manager", "other_manager", "rep", "stranger"):
        client = sign_in(name)
        head, columns = unpack(client.get(f"/books/{book.pk}/map/points").content)
        seen[name] = {head["territories"][number]["id"] for number in columns["before"]}
        assert {head["territories"][number]["id"] for number, _ in head["shapes"]["before"]} <= seen[name]
        if name != "viewer":
            assert {territory["id"] for territory in head["territories"]} == seen[name]
        rows = set(columns["row"].tolist())
        for row in range(0, sheet.height, 29):
            answer = client.get(f"/books/{book.pk}/map/account?row={row}")
            is_own = sheet["territory_id"][row] in seen[name]
            assert answer.status_code == (200 if is_own else 404)
            assert is_own or row not in rows
            if is_own:
                assert answer.json()["account_id"] == sheet["account_id"][row]
        page = client.get(f"/books/{book.pk}/map/").content.decode()
        for territory in seen["viewer"] - seen[name]:
            assert f"<bdi>{territory}</bdi>" not in page
    assert seen["rep"] <= seen["manager"] < seen["viewer"]
    assert seen["manager"]
    assert not seen["manager"] & seen["other_manager"]
    assert seen["stranger"] == set()
    assert "No territory of this book is yours." in sign_in("stranger").get(f"/books/{book.pk}/map/").content.decode()
    # Of a plan, a manager sees what leaves and enters the team, and nothing else.
    head, columns = unpack(sign_in("manager").get(f"/plans/{run.pk}/map/points").content)
    for before, after in zip(columns["before"], columns["after"], strict=True):
        assert {head["territories"][number]["id"] for number in (before, after)} & seen["manager"]


def test_a_plan_has_its_moves_on_the_map(sign_in: Callable[[str], Any], run: Any) -> None:
    from evenhand.web.maps import find_ground
    from evenhand.web.reading import find_plan

    head, columns = unpack(sign_in("leader").get(f"/plans/{run.pk}/map/points").content)
    moved = np.flatnonzero(columns["before"] != columns["after"])
    ids = find_ground(run.book).sheet["account_id"].gather(columns["row"][moved])
    moves = find_plan(run).moves.sort("account_id")
    assert ids.to_list() == moves["account_id"].to_list()
    names = [territory["id"] for territory in head["territories"]]
    assert [names[number] for number in columns["after"][moved]] == moves["to_territory_id"].to_list()
    page = sign_in("leader").get(f"/plans/{run.pk}/map/").content.decode()
    assert f"{moves.height} accounts change territory" in page
    assert "Change the plan here" in page
    share(sign_in, run)
    assert "Change the plan here" not in sign_in("viewer").get(f"/plans/{run.pk}/map/").content.decode()


def test_an_area_counts_its_accounts_and_shows_what_moving_them_does(sign_in: Callable[[str], Any], run: Any) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.reading import find_plan
    from evenhand.wiring.planning import solve_run

    client, path = sign_in("leader"), f"/plans/{run.pk}/map/edit/"
    head, columns = unpack(client.get(f"/plans/{run.pk}/map/points").content)
    names = [territory["id"] for territory in head["territories"]]
    row = int(np.flatnonzero(columns["grade"] == 0)[0])
    near = np.flatnonzero(np.hypot(columns["x"] - columns["x"][row], columns["y"] - columns["y"][row]) < 30)
    polygon = around(columns, near)
    area = json.dumps({"polygon": polygon})
    drawn = client.post(path, {"do": "area", "area": area, "version": run.version}).content.decode()
    inside = columns["grade"][_inside(columns, near)]
    assert f"{len(inside)} account" in drawn
    for number, grade in enumerate(head["grades"]):
        assert f'{int((inside == number).sum())} <span class="grade {grade}">' in drawn

    to = next(name for name in run.book.summary["seats"] if name != names[columns["after"][row]])
    said = {"do": "add", "area": area, "grade": "low", "kind": "move", "to": to, "version": run.version}
    weighed = client.post(path, said).content.decode()
    assert f"go, with their families, to {to}" in weighed
    assert f"<bdi>{to}</bdi>, potential" in weighed
    assert "Moves of low disruption" in weighed

    step = json.dumps({"polygon": polygon, "grades": ["low"], "kind": "move", "to": to})
    dropped = client.post(path, {"do": "drop", "step": step, "version": run.version}).content.decode()
    assert "Make a plan of it" not in dropped
    answer = client.post(path, {"do": "make", "step": step, "version": run.version})
    assert answer.status_code == 302
    made = PlanRun.objects.order_by("-created_at").first()
    assert made is not None
    assert answer["Location"] == f"/plans/{made.pk}/map/"
    solve_run(str(made.pk))
    made.refresh_from_db()
    assert made.has_plan, made.problem
    owners = dict(find_plan(made).assignment.select("account_id", "territory_id").iter_rows())
    ids = [text.removeprefix("move:").partition("=")[0] for text in made.change["edits"]]
    n_low = sum(columns["grade"][at] == 0 for at in _inside(columns, near))
    assert 0 < len(ids) <= n_low
    assert {owners[account] for account in ids} == {to}
    undone = client.post(f"/plans/{made.pk}/map/edit/", {"do": "undo", "version": made.version})
    assert undone.status_code == 302


def _inside(columns: dict[str, Any], rows: Any) -> Any:
    from evenhand.adapters.map.polygon import find_inside, read_polygon

    return np.flatnonzero(find_inside(read_polygon(around(columns, rows)), columns["x"], columns["y"]))


def test_locks_and_single_accounts_are_decided_on_the_map_too(sign_in: Callable[[str], Any], run: Any) -> None:
    client, path = sign_in("revops"), f"/plans/{run.pk}/map/edit/"
    _, columns = unpack(client.get(f"/plans/{run.pk}/map/points").content)
    moved = np.flatnonzero(columns["before"] != columns["after"])[:1]
    area = json.dumps({"polygon": around(columns, moved)})
    said = {"do": "add", "area": area, "grade": ["low", "medium", "high"], "kind": "lock", "version": run.version}
    page = client.post(path, said).content.decode()
    assert "stay where they are today" in page
    assert "Make a plan of it" in page
    account = client.get(f"/plans/{run.pk}/map/account?row={columns['row'][moved[0]]}").json()
    page = client.post(
        path, {"do": "account", "account": account["account_id"], "kind": "lock", "version": run.version}
    ).content.decode()
    assert f"{account['account_id']} stays where it is today" in page


def test_what_is_wrong_on_the_map_is_said(sign_in: Callable[[str], Any], run: Any) -> None:
    client, path = sign_in("revops"), f"/plans/{run.pk}/map/edit/"
    n_runs = type(run).objects.count()
    for said, words in (
        ({"do": "area", "area": "{"}, "Invalid JSON"),
        ({"do": "area", "area": '{"polygon": "1 2 3"}'}, "draw 3 to"),
        ({"do": "area", "area": '{"polygon": "1 2 3 4 5 x"}'}, "numbers"),
        ({"do": "area", "area": '{"polygon": "nan 2 3 4 5 6"}'}, "numbers"),
        ({"do": "area", "area": '{"polygon": "9e5 9e5 9e5 8e5 8e5 8e5"}'}, "0 accounts in the area"),
        ({"do": "add", "area": '{"polygon": "0 0 0 9 9 9"}', "kind": "move", "to": "T01"}, "at least one grade"),
        ({"do": "account", "account": "NOBODY", "kind": "move", "to": "T01"}, "NOBODY"),
        ({"do": "account", "account": "", "kind": "lock"}, "names no account"),
        ({"do": "make"}, "at least one account"),
        ({"do": "make", "step": "move:NOBODY=T01"}, "NOBODY"),
    ):
        answer = client.post(path, {**said, "version": run.version})
        assert answer.status_code == 200, said
        assert words in answer.content.decode(), (said, answer.content.decode()[:3000])
    late = client.post(path, {"do": "make", "step": "lock:" + _someone(run), "version": run.version + 1})
    assert late.status_code == 409
    assert "was edited or shared since" in late.content.decode()
    assert type(run).objects.count() == n_runs


def _someone(run: Any) -> str:
    from evenhand.web.reading import find_plan

    return str(find_plan(run).assignment["account_id"][0])


def test_accounts_are_found_by_name_id_or_territory(sign_in: Callable[[str], Any], run: Any) -> None:
    from evenhand.web.maps import find_ground

    client, path = sign_in("leader"), f"/plans/{run.pk}/edit/accounts"
    account = find_ground(run.book).sheet.row(5, named=True)
    for text in (account["account_id"], account["name"].upper(), account["name"][2:-2]):
        found = client.get(path, {"q": text}).content.decode()
        assert f'value="{account["account_id"]}"' in found
    # What is chosen from the list is what the edit is about, on the edit page and on the map.
    chosen = {"found": account["account_id"], "account": "", "kind": "lock"}
    words = f"{account['account_id']} stays where it is today"
    assert words in client.get(f"/plans/{run.pk}/edit/", chosen).content.decode()
    assert words in client.post(f"/plans/{run.pk}/map/edit/", {**chosen, "do": "account"}).content.decode()
    others = find_ground(run.book).sheet["account_id"].gather([5, 9]).to_list()
    both = {"do": "account", "found": others, "kind": "lock", "version": run.version}
    listed = client.post(f"/plans/{run.pk}/map/edit/", both).content.decode()
    assert all(f"{one} stays where it is today" in listed for one in others)
    assert 'type="checkbox"' in client.get(path, {"q": account["account_id"], "many": "1"}).content.decode()
    of_territory = client.get(path, {"in": account["territory_id"]}).content.decode()
    assert f"<bdi>{account['territory_id']}</bdi>" in of_territory
    assert 'type="radio"' not in client.get(path, {"q": "no such name anywhere"}).content.decode()
    assert "No account of that name" in client.get(path, {"q": "no such name anywhere"}).content.decode()
    assert client.get(path).content.decode().strip() == ""


def test_a_book_without_coordinates_says_what_to_do(
    sign_in: Callable[[str], Any], firm: Any, people: dict[str, Any], tmp_path: Any
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evenhand.adapters.store.models import Book
    from evenhand.web.requesting import BookWish, ask_book
    from evenhand.wiring.admitting import admit_upload

    accounts = pl.read_csv(firm / "accounts.csv", infer_schema=False).drop("latitude", "longitude").head(60)
    territories = (firm / "territories.csv").read_bytes()
    files = [
        SimpleUploadedFile("accounts.csv", accounts.write_csv().encode()),
        SimpleUploadedFile("territories.csv", territories),
    ]
    asked = ask_book(people["revops"], BookWish(name="Nowhere", files=files, currency="USD"))
    admit_upload(str(asked.pk))
    book = Book.objects.get(pk=asked.pk)
    assert book.is_ready, book.problem
    page = sign_in("revops").get(f"/books/{book.pk}/map/").content.decode()
    assert "<code>latitude</code> and <code>longitude</code>" in page
    assert "<canvas" not in page
    head, columns = unpack(sign_in("revops").get(f"/books/{book.pk}/map/points").content)
    assert not len(columns["row"])
    assert head["n_unplaced"] > 0


def test_charts_say_the_same_as_their_tables(sign_in: Callable[[str], Any], run: Any) -> None:
    from evenhand.web.reading import find_plan

    def kept(page: str, name: str) -> Any:
        (found,) = re.findall(rf'<script id="{name}" type="application/json">(.*?)</script>', page)
        return json.loads(found)

    plan = find_plan(run)
    page = sign_in("leader").get(f"/plans/{run.pk}/charts/").content.decode()
    pairs = kept(page, "flows-data")["pairs"]
    assert sum(pair["n_accounts"] for pair in pairs) == plan.moves.height
    for row in kept(page, "spread-data")["potential"]["rows"]:
        told = plan.territories.filter(pl.col("territory_id") == row["territory_id"], pl.col("measure") == "potential")
        assert (row["before"], row["after"]) == told.select("before", "after").row(0)
    share(sign_in, run)
    mine = sign_in("manager").get(f"/plans/{run.pk}/charts/").content.decode()
    seen = pl.read_csv(sign_in("manager").get(f"/plans/{run.pk}/territories.csv").content, infer_schema=False)
    assert {row["territory_id"] for row in kept(mine, "spread-data")["potential"]["rows"]} == set(seen["territory_id"])
    for pair in kept(mine, "flows-data")["pairs"] if "flows-data" in mine else []:
        assert {pair["source"], pair["target"]} & set(seen["territory_id"])
