"""Editing a plan by hand: seen before it is done, made into a plan of its own, undone, and never lost silently."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def stray(run: Any) -> tuple[str, str]:
    """Return an account that the plan leaves where it is, and another seat that it may go to."""
    from evenhand.web.drafts import open_run
    from evenhand.web.reading import find_plan

    plan = find_plan(run)
    moved = set(plan.moves["account_id"])
    seats = run.book.summary["seats"]
    for account, territory in plan.assignment.select("account_id", "territory_id").iter_rows():
        for seat in seats:
            if account in moved or territory not in seats or seat == territory:
                continue
            if open_run(run).preview(f"move:{account}={seat}").accounts.height:
                return account, seat
    pytest.fail("no account can be moved by hand")


def latest() -> Any:
    from evenhand.adapters.store.models import PlanRun

    return PlanRun.objects.order_by("-created_at").first()


def owner_of(run: Any, account: str) -> str:
    import polars as pl

    from evenhand.web.reading import find_plan

    return str(find_plan(run).assignment.filter(pl.col("account_id") == account)["territory_id"][0])


def test_what_an_edit_does_is_shown_before_it_is_done(
    sign_in: Callable[[str], Any], run: Any, stray: tuple[str, str]
) -> None:
    account, seat = stray
    n_runs = type(run).objects.count()
    said = {"account": account, "kind": "move", "to": seat}
    page = sign_in("leader").get(f"/plans/{run.pk}/edit/", said).content.decode()
    assert page.count("<html") == 1
    assert "Make these edits" in page
    assert f"<bdi>{seat}</bdi>, potential" in page
    assert "Moves of low disruption" in page
    part = sign_in("leader").get(f"/plans/{run.pk}/edit/", said, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert f"<bdi>{seat}</bdi>, potential" in part
    assert type(run).objects.count() == n_runs


def test_an_edit_makes_a_plan_of_its_own_that_holds_and_can_be_undone(
    sign_in: Callable[[str], Any], run: Any, stray: tuple[str, str]
) -> None:
    from evenhand.app.check import check_plan
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.planning import solve_run
    from evenhand.wiring.shelf import open_shelf

    account, seat = stray
    client, path = sign_in("leader"), f"/plans/{run.pk}/edit/"
    answer = client.post(path, {"edit": f"move:{account}={seat}", "version": run.version, "do": "make"})
    assert answer.status_code == 302, answer.content.decode()
    made = latest()
    assert made.parent_id == run.pk
    solve_run(str(made.pk))
    made.refresh_from_db()
    assert made.has_plan, made.problem
    assert made.folder != run.folder
    assert owner_of(run, account) != seat
    assert owner_of(made, account) == seat
    outside, shelf = connect_outside(), open_shelf()
    book = outside.read_book(shelf.book(run.book.content_hash))
    assert check_plan(outside, shelf.plan(made.folder), book).holds

    page = client.get(f"/plans/{made.pk}/edit/").content.decode()
    assert "Undo the last step" in page
    undone = client.post(f"/plans/{made.pk}/edit/", {"version": made.version, "do": "undo"})
    assert undone.status_code == 302
    again = latest()
    solve_run(str(again.pk))
    again.refresh_from_db()
    assert again.has_plan, again.problem
    assert owner_of(again, account) == owner_of(run, account)


@pytest.fixture
def breaking(run: Any) -> tuple[str, str]:
    """Return an account of the plan and a seat that would leave a band because of it."""
    from evenhand.web.drafts import open_run
    from evenhand.web.reading import find_plan

    plan, draft = find_plan(run), open_run(run)
    seats = run.book.summary["seats"]
    largest = plan.assignment.join(plan.moves, on="account_id", how="anti")
    for account, territory in largest.select("account_id", "territory_id").iter_rows():
        for seat in seats:
            if seat != territory and territory in seats:
                found = draft.preview(f"move:{account}={seat}")
                if found.accounts.height and any(item.code == "PL301" for item in found.breaks):
                    return account, seat
    pytest.fail("no account breaks a band")


@pytest.mark.parametrize("do", ["repair", "mend"])
def test_what_an_edit_breaks_is_repaired_around_it(
    do: str, sign_in: Callable[[str], Any], run: Any, breaking: tuple[str, str]
) -> None:
    from evenhand.app.check import check_plan
    from evenhand.web.drafts import open_run
    from evenhand.web.reading import find_plan
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.planning import solve_run
    from evenhand.wiring.shelf import open_shelf

    account, seat = breaking
    edit = f"move:{account}={seat}"
    client, path = sign_in("leader"), f"/plans/{run.pk}/edit/"
    page = client.get(path, {"edit": edit}).content.decode()
    assert f'value="{do}"' in page
    answer = client.post(path, {"edit": edit, "version": run.version, "do": do})
    assert answer.status_code == 302, answer.content.decode()
    made = latest()
    solve_run(str(made.pk))
    made.refresh_from_db()
    assert made.has_plan, made.problem
    assert owner_of(made, account) == seat
    plan = find_plan(made)
    assert plan.summary["edits"] == [edit] if do == "repair" else edit in plan.summary["edits"]
    broken = open_run(run).preview(edit)
    violation = dict(broken.levels.select("level", "after").iter_rows())["violation"]
    assert plan.violation < violation
    assert list(plan.summary["steps"][0]["edits"]) == [edit]
    assert len(plan.summary["steps"]) == 2
    outside, shelf = connect_outside(), open_shelf()
    book = outside.read_book(shelf.book(run.book.content_hash))
    assert check_plan(outside, shelf.plan(made.folder), book).holds
    shown = client.get(f"/plans/{made.pk}/").content.decode()
    assert "Moved by hand" in shown


def test_of_two_who_edit_at_once_the_later_is_told_and_keeps_the_edits(
    sign_in: Callable[[str], Any], run: Any, stray: tuple[str, str]
) -> None:
    edit = "move:{}={}".format(*stray)
    seen, path = run.version, f"/plans/{run.pk}/edit/"
    first = sign_in("revops").post(path, {"edit": edit, "version": seen, "title": "The first"})
    assert first.status_code == 302
    n_runs = type(run).objects.count()
    second = sign_in("leader").post(path, {"edit": edit, "version": seen, "title": "The second"})
    assert second.status_code == 409
    assert type(run).objects.count() == n_runs
    page = second.content.decode()
    assert "The first" in page
    assert edit in page
    third = sign_in("leader").post(path, {"edit": edit, "version": seen + 1, "title": "The second"})
    assert third.status_code == 302
    assert set(run.children.values_list("title", flat=True)) == {"The first", "The second"}


def test_what_is_wrong_with_an_edit_is_said_and_nothing_made(sign_in: Callable[[str], Any], run: Any) -> None:
    client, path = sign_in("revops"), f"/plans/{run.pk}/edit/"
    for said, words in (
        ({"edit": "move:NOBODY=NOWHERE"}, "NOBODY"),
        ({"edit": "shove:A1=T1"}, "is no edit"),
        ({"account": "A1", "kind": "move"}, "Say which territory."),
        ({}, "at least one account"),
    ):
        answer = client.post(path, {**said, "version": run.version})
        assert answer.status_code == 422, said
        assert words in answer.content.decode(), said
    assert not run.children.exists()
