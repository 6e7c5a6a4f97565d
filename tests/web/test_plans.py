"""Asking for plans in a sentence, reading, comparing and sharing them."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def question_of(answer: Any) -> Any:
    from evenhand.adapters.store.models import PlanRun

    assert answer.status_code == 302, answer.content.decode()
    return PlanRun.objects.get(pk=answer["Location"].strip("/").split("/")[-1])


def ask(client: Any, book: Any, **said: Any) -> Any:
    """Send the form as a browser does: with what it shows, but for what is said otherwise."""
    from evenhand.web.forms.plans import QuestionForm
    from evenhand.web.requesting import firm_policy

    form = QuestionForm(policy=firm_policy())
    shown = {name: form[name].value() for name in form.fields}
    return client.post(f"/books/{book.pk}/plans/new/", {k: v for k, v in {**shown, **said}.items() if v is not None})


def test_the_form_as_it_stands_asks_for_the_firms_policy(sign_in: Callable[[str], Any], book: Any) -> None:
    run = question_of(ask(sign_in("leader"), book))
    assert run.question == {"values": {}, "events": []}
    assert run.title == "Within 15 %"


def test_the_sentence_says_bands_events_locks_and_limits(sign_in: Callable[[str], Any], book: Any) -> None:
    seats = book.summary["seats"]
    run = question_of(
        ask(
            sign_in("revops"),
            book,
            tolerance="10",
            accounts="20",
            pipeline="25",
            ceiling="",
            most_moves="30",
            locked="A1, A2\nA3; A1",
            event_0="rep-left",
            where_0=seats[0],
            event_1="new-hire",
            where_1=seats[1],
            size_1="40",
            event_2="layoff",
            where_2=f"{seats[2]}, {seats[3]}",
            title="Ours",
        )
    )
    assert run.title == "Ours"
    assert run.question["values"] == {
        "bands.potential": 0.1,
        "bands.accounts": 0.2,
        "bands.pipeline": 0.25,
        "bands.workload_ceiling": "off",
        "moves.most_moves": 30,
        "moves.locked_accounts": ["A1", "A2", "A3"],
    }
    assert run.question["events"] == [
        f"rep-left:territory={seats[0]}",
        f"new-hire:territory={seats[1]},capacity_share=0.4",
        f"layoff:territories={seats[2]};{seats[3]}",
    ]


def test_what_is_wrong_with_a_question_is_said_on_the_form(sign_in: Callable[[str], Any], book: Any) -> None:
    from evenhand.adapters.store.models import PlanRun

    client = sign_in("revops")
    for said, words in (
        ({"tolerance": ""}, "required"),
        ({"tolerance": "-3"}, "greater than or equal to 0"),
        ({"event_0": "rep-left"}, "Say which territory"),
        ({"seconds": "999999"}, "solve.seconds"),
    ):
        answer = ask(client, book, **said)
        assert answer.status_code == 422, said
        assert words in answer.content.decode(), said
    assert not PlanRun.objects.exists()


def test_a_plan_is_read_compared_and_taken_along(sign_in: Callable[[str], Any], book: Any, run: Any) -> None:
    from evenhand.wiring.planning import solve_run

    client = sign_in("leader")
    page = client.get(f"/plans/{run.pk}/").content.decode()
    for words in ("Every move, and why", "Quotas move with the accounts", "The proof, in plain words"):
        assert words in page
    assert "<!doctype html>" in page.lower()
    assert page.lower().count("<html") == 1
    other = question_of(ask(client, book, tolerance="30", title="Wider"))
    solve_run(str(other.pk))
    side = client.get(f"/compare/?plan={run.pk}&plan={other.pk}")
    assert side.status_code == 200
    text = side.content.decode()
    assert "Wider" in text
    assert "Choose others" in text
    assert text.count("<main") == 1
    different = client.get(f"/compare/different.csv?plan={run.pk}&plan={other.pk}")
    assert different.content.decode("utf-8-sig").startswith("account_id,")
    packed = client.get(f"/plans/{run.pk}/plan.zip")
    names = zipfile.ZipFile(io.BytesIO(b"".join(packed))).namelist()
    packed.close()
    assert {"plan/plan.json", "plan/moves.csv", "plan/certificate.csv", "plan/report.html"} <= set(names)


def test_the_page_shows_the_very_figures_of_the_plan(sign_in: Callable[[str], Any], run: Any, book: Any) -> None:
    """A plan read back from its folder is written out as it was when it was made."""
    import re

    from evenhand.wiring.shelf import open_shelf

    def words(text: str) -> list[str]:
        body = text[text.index('<header class="top">') : text.rindex("</footer>")]
        return re.sub(r"<[^>]+>", " ", body).split()

    page = sign_in("revops").get(f"/plans/{run.pk}/").content.decode()
    report = (open_shelf().plan(run.folder) / "report.html").read_text("utf-8")
    assert words(page) == words(report)
    page = sign_in("revops").get(f"/books/{book.pk}/diagnosis/").content.decode()
    report = (open_shelf().diagnosis(book.content_hash, book.policy_hash) / "report.html").read_text("utf-8")
    assert words(page) == words(report)


def test_a_report_may_run_nothing_but_its_own_script(sign_in: Callable[[str], Any], run: Any, book: Any) -> None:
    for path in (f"/plans/{run.pk}/report.html", f"/books/{book.pk}/diagnosis/report.html"):
        answer = sign_in("revops").get(path)
        content = b"".join(answer).decode()
        answer.close()
        assert answer["Content-Security-Policy"].startswith("sandbox ")
        assert "script-src &#39;sha256-" in content or "script-src 'sha256-" in content


def test_the_same_question_has_the_same_plan(book: Any, run: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan
    from evenhand.wiring.planning import solve_run

    again = ask_plan(people["leader"], book, Question({"bands.potential": 0.15}), "The same in other words")
    solve_run(str(again.pk))
    assert PlanRun.objects.get(pk=again.pk).folder == run.folder


def test_of_two_who_share_at_once_the_later_changes_nothing(sign_in: Callable[[str], Any], run: Any) -> None:
    seen = run.version
    first = sign_in("revops").post(f"/plans/{run.pk}/share/", {"audience": "shared", "version": seen})
    second = sign_in("leader").post(f"/plans/{run.pk}/share/", {"audience": "makers", "version": seen})
    assert first.status_code == second.status_code == 302
    run.refresh_from_db()
    assert (run.audience, run.version) == ("shared", seen + 1)


def test_plans_of_different_books_cant_be_compared(
    sign_in: Callable[[str], Any], run: Any, people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import Book, PlanRun

    other = Book.objects.create(
        name="Other", state="done", content_hash="f" * 64, created_by=people["revops"], summary={"seats": []}
    )
    theirs = PlanRun.objects.create(
        book=other, title="Theirs", state="done", folder=run.folder, summary=run.summary, created_by=people["revops"]
    )
    page = sign_in("revops").get(f"/compare/?plan={run.pk}&plan={theirs.pk}").content.decode()
    assert "different books" in page


def test_every_event_can_be_asked_for_in_lines_or_as_toml(sign_in: Callable[[str], Any], book: Any) -> None:
    seats = book.summary["seats"]
    lines = f"merge:territories={seats[0]};{seats[1]},into={seats[0]}\n\nsplit:territory={seats[2]},into={seats[2]};NEW"
    run = question_of(ask(sign_in("revops"), book, event_0="graduation", further=lines))
    assert run.question["events"] == ["graduation", *filter(None, lines.splitlines())]
    toml = f'[[event]]\nkind = "rep-left"\nterritory = "{seats[3]}"\n[[event]]\nkind = "graduation"\nway = "up"\n'
    run = question_of(ask(sign_in("revops"), book, further=toml))
    assert run.question["events"] == [f"rep-left:territory={seats[3]}", "graduation:way=up"]
    wrong = ask(sign_in("revops"), book, further="merg:territories=A")
    assert wrong.status_code in {200, 422}
    assert "there is no event" in wrong.content.decode()


def test_the_demos_plan_is_found_again_by_its_question(
    db: None, tmp_path: Any, settings: Any, sign_in: Callable[[str], Any], people: dict[str, Any]
) -> None:
    from evenhand.adapters.store.models import Book, PlanRun
    from evenhand.app.demo import run_demo
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.loading import load_demo
    from evenhand.wiring.planning import solve_run

    settings.DATA = tmp_path / "data"
    run_demo(connect_outside(), tmp_path / "demo", n_accounts=120, n_territories=6, seed=1, on_step=lambda _: None)
    load_demo(tmp_path / "demo")
    loaded = PlanRun.objects.get()
    again = ask_plan(people["revops"], Book.objects.get(), Question())
    solve_run(str(again.pk))
    again.refresh_from_db()
    assert again.folder == loaded.folder
