"""A plan in a spreadsheet and back."""

import io
from collections.abc import Callable
from typing import Any

import fastexcel
import polars as pl
import pytest

pytestmark = pytest.mark.django_db


def upload(name: str, content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, content)


def read_fields(page: str) -> dict[str, str]:
    import re
    from html import unescape

    form = page[page.index('class="make"') :]
    return {name: unescape(value) for name, value in re.findall(r'name="(version|moves)" value="([^"]*)"', form)}


@pytest.fixture
def stray(run: Any) -> tuple[str, str]:
    """Return an account that moves by itself, and another seat that it may go to."""
    from evenhand.web.drafts import open_run
    from evenhand.web.reading import find_plan

    seats = run.book.summary["seats"]
    for account, territory in find_plan(run).assignment.select("account_id", "territory_id").iter_rows():
        seat = next(name for name in seats if name != territory)
        if territory in seats and open_run(run).preview(f"move:{account}={seat}").accounts.height == 1:
            return account, seat
    pytest.fail("no account moves by itself")


def sheet(*rows: str) -> Any:
    return upload("owners.csv", ("account_id,territory_id\n" + "\n".join(rows) + "\n").encode())


def test_the_workbook_that_is_downloaded_comes_back_changed(
    sign_in: Callable[[str], Any], run: Any, stray: tuple[str, str]
) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.reading import find_plan
    from evenhand.wiring.planning import solve_run

    client, (account, seat) = sign_in("revops"), stray
    content = client.get(f"/plans/{run.pk}/plan.xlsx").content
    owners = fastexcel.read_excel(content).load_sheet("assignment", dtypes="string").to_polars()
    same = client.post(f"/plans/{run.pk}/sheet/", {"sheet": upload("plan.xlsx", content)})
    assert same.status_code == 422
    assert "says nothing else than the plan" in same.content.decode()
    changed = owners.with_columns(
        territory_id=pl.when(pl.col("account_id") == account).then(pl.lit(seat)).otherwise("territory_id")
    )
    packed = io.BytesIO()
    changed.write_excel(packed, worksheet="assignment")
    n_runs = PlanRun.objects.count()
    page = client.post(f"/plans/{run.pk}/sheet/", {"sheet": upload("plan.xlsx", packed.getvalue())}).content.decode()
    assert "3. 1 account changed" in page
    assert f"<bdi>{seat}</bdi>, potential" in page
    assert PlanRun.objects.count() == n_runs
    answer = client.post(f"/plans/{run.pk}/sheet/", {**read_fields(page), "do": "make", "title": "From the sheet"})
    assert answer.status_code == 302
    made = PlanRun.objects.get(title="From the sheet")
    solve_run(str(made.pk))
    made.refresh_from_db()
    assert made.has_plan, made.problem
    assert find_plan(made).assignment.filter(pl.col("account_id") == account)["territory_id"].to_list() == [seat]
    page = client.get(f"/plans/{made.pk}/sheet/").content.decode()
    assert "Undo the last step" in page
    late = client.post(f"/plans/{run.pk}/sheet/", {"version": "1", "moves": f"{account}={seat}", "do": "make"})
    assert late.status_code == 409
    assert "edited or shared since" in late.content.decode()


def test_every_bad_row_is_named_at_once_and_nothing_is_changed(
    sign_in: Callable[[str], Any], run: Any, stray: tuple[str, str]
) -> None:
    from evenhand.adapters.store.models import PlanRun

    account, seat = stray
    answer = sign_in("revops").post(
        f"/plans/{run.pk}/sheet/",
        {"sheet": sheet(f"{account},T-NOWHERE", "A-NOBODY,T01", f"{account},{seat}", ",", f"=1+1,{seat}")},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("row 2", "row 3", "row 4", "T-NOWHERE", "A-NOBODY", "is in row 2 already", "is a formula"):
        assert words in page
    assert PlanRun.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("owners.pdf", b"%PDF", "give the workbook"),
        ("owners.csv", b"", "empty"),
        ("owners.csv", b"account,owner\nA,B\n", "has no column"),
        ("owners.xlsx", b"PK\x03\x04 broken", "can&#x27;t be read"),
    ],
    ids=["pdf", "empty", "columns", "broken"],
)
def test_what_is_no_sheet_says_so(
    name: str, content: bytes, words: str, sign_in: Callable[[str], Any], run: Any
) -> None:
    answer = sign_in("revops").post(f"/plans/{run.pk}/sheet/", {"sheet": upload(name, content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_moves_that_arent_there_are_refused_when_they_are_made(sign_in: Callable[[str], Any], run: Any) -> None:
    for moves in ("", "A-NOBODY=T01", "no equals sign"):
        answer = sign_in("revops").post(
            f"/plans/{run.pk}/sheet/", {"version": str(run.version), "moves": moves, "do": "make"}
        )
        assert answer.status_code == 422
    assert sign_in("revops").post(f"/plans/{run.pk}/sheet/").status_code == 422
