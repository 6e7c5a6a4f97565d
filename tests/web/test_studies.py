"""A frontier and scenarios of a book, asked for, solved the way the worker does it, and read."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

TWO = """
[scenario.wide.bands]
potential = 0.30

[scenario.narrow.bands]
potential = 0.15
"""


def ask(client: Any, book: Any, **said: str) -> Any:
    from evenhand.adapters.store.models import Study

    answer = client.post(f"/books/{book.pk}/studies/new/", said)
    assert answer.status_code == 302, answer.content.decode()
    return Study.objects.get(pk=answer["Location"].strip("/").split("/")[-1])


def solve(study: Any) -> None:
    from evenhand.wiring.studying import solve_study

    solve_study(str(study.pk))
    study.refresh_from_db()
    assert study.has_report, study.problem


def test_a_frontier_is_traced_and_leads_to_a_plan(sign_in: Callable[[str], Any], book: Any) -> None:
    client = sign_in("leader")
    study = ask(client, book, kind="frontier")
    assert "Waiting for the worker" in client.get(f"/studies/{study.pk}/").content.decode()
    solve(study)
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert page.count("<html") == 1
    assert page.count("<main") == 1
    assert "Tolerance against moves" in page
    met = [point for point in study.summary["points"] if point["meets_bands"]]
    assert page.count("<option") == len(met) > 0
    percent = f"{met[0]['tolerance_share'] * 100:g}"
    form = client.get(f"/books/{book.pk}/plans/new/?tolerance={percent}").content.decode()
    assert f'value="{percent}"' in form
    assert "alert" not in client.get(f"/books/{book.pk}/plans/new/?tolerance=<b>alert").content.decode()


def test_scenarios_are_solved_and_set_side_by_side(sign_in: Callable[[str], Any], book: Any) -> None:
    client = sign_in("revops")
    study = ask(client, book, kind="scenarios", text=TWO)
    assert study.title == "wide against narrow"
    solve(study)
    assert [one["name"] for one in study.summary["scenarios"]][-2:] == ["wide", "narrow"]
    page = client.get(f"/studies/{study.pk}/").content.decode()
    assert "Plans of one book side by side" in page
    again = ask(sign_in("leader"), book, kind="scenarios", text=TWO)
    solve(again)
    assert again.folder == study.folder


def test_what_is_wrong_with_scenarios_is_said_and_the_text_kept(sign_in: Callable[[str], Any], book: Any) -> None:
    from evenhand.adapters.store.models import Study

    client = sign_in("revops")
    for text, words in (
        ("[scenario.a", "not TOML"),
        ("[scenario.alone]", "two or more"),
        ("", "two or more"),
        ("\n".join(f"[scenario.s{i}]" for i in range(9)), "the most"),
        ("[scenario.a]\nevent = 3\n[scenario.b]", "must be a list"),
    ):
        answer = client.post(f"/books/{book.pk}/studies/new/", {"kind": "scenarios", "text": text})
        assert answer.status_code == 422, text
        assert words in answer.content.decode(), text
        assert text.partition("\n")[0] in answer.content.decode()
    assert not Study.objects.exists()


def test_a_mistake_that_shows_when_solving_ends_on_the_page(sign_in: Callable[[str], Any], book: Any) -> None:
    from evenhand.wiring.studying import solve_study

    client = sign_in("revops")
    study = ask(client, book, kind="scenarios", text='[scenario.a]\nedit = ["move:NOBODY=T01"]\n[scenario.b]')
    solve_study(str(study.pk))
    study.refresh_from_db()
    assert study.state == "failed"
    assert "NOBODY" in client.get(f"/studies/{study.pk}/").content.decode()


def test_a_study_can_be_stopped(sign_in: Callable[[str], Any], book: Any) -> None:
    from evenhand.wiring.studying import solve_study

    client = sign_in("leader")
    study = ask(client, book, kind="frontier")
    assert client.post(f"/studies/{study.pk}/cancel/").status_code == 302
    solve_study(str(study.pk))
    study.refresh_from_db()
    assert (study.state, study.folder) == ("cancelled", "")
