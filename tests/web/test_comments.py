"""Comments: said, changed, deleted with a trace, naming people, and seen by those alone who see what they are about."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(run: Any) -> Any:
    """Return the plan, shared with managers and viewers."""
    type(run).objects.filter(pk=run.pk).update(audience="shared")
    run.refresh_from_db()
    return run


def say(client: Any, path: str, text: str, place: str = "") -> Any:
    answer = client.post(path, {"text": text, "place": place})
    assert answer.status_code == 302, answer.content.decode()
    from evenhand.adapters.store.models import Comment

    return Comment.objects.order_by("-created_at").first()


def actions() -> list[str]:
    from evenhand.adapters.store.models import AuditEvent

    return list(AuditEvent.objects.filter(subject="comment").order_by("id").values_list("action", flat=True))


def test_a_comment_is_said_changed_and_deleted_with_a_trace(sign_in: Callable[[str], Any], run: Any) -> None:
    client, path = sign_in("leader"), f"/plans/{run.pk}/comments/"
    made = say(client, path, "Why <b>T03</b>?")
    page = client.get(f"/plans/{run.pk}/").content.decode()
    assert "Why &lt;b&gt;T03&lt;/b&gt;?" in page
    changed = client.post(f"/comments/{made.pk}/", {"text": "Why T04?", "version": made.version})
    assert changed.status_code == 302
    stale = client.post(f"/comments/{made.pk}/", {"text": "Why T05?", "version": made.version})
    assert stale.status_code == 409
    assert "Why T05?" in stale.content.decode()
    assert "changed" in client.get(path).content.decode()
    assert sign_in("revops").post(f"/comments/{made.pk}/", {"text": "No", "version": 2}).status_code == 404
    assert client.post(f"/comments/{made.pk}/delete/", {"version": 1}).status_code == 302
    made.refresh_from_db()
    assert made.text == "Why T04?"
    assert client.post(f"/comments/{made.pk}/delete/", {"version": 2}).status_code == 302
    made.refresh_from_db()
    assert (made.text, made.deleted_by.name) == ("", "Leader")
    gone = client.get(path).content.decode()
    assert "Why T04?" not in gone
    assert "What was said here was deleted" in gone
    assert actions() == ["comment.made", "comment.changed", "comment.deleted"]


def test_only_those_who_see_the_object_see_what_is_said_about_it(
    sign_in: Callable[[str], Any], shared: Any, run: Any
) -> None:
    from evenhand.web.reading import find_directory
    from evenhand.web.views_of_team import visible_plan

    people = {person.name: person for person in type(run.created_by).objects.all()}
    team = visible_plan(people["Manager"], shared).moves["account_id"].to_list()
    move = next(one for one in visible_plan(people["Leader"], shared).moves["account_id"] if one not in team)
    path = f"/plans/{shared.pk}/comments/"
    made = say(sign_in("leader"), path, "Is it the anchor?", f"move:{move}")
    here = {name: sign_in(name).get(f"{path}?place=move:{move}").status_code for name in ("viewer", "manager", "rep")}
    assert here == {"viewer": 200, "manager": 404, "rep": 404}
    assert sign_in("manager").get(f"/comments/{made.pk}/").status_code == 404
    assert sign_in("manager").post(path, {"text": "I too", "place": f"move:{move}"}).status_code == 404
    assert "Is it the anchor?" not in sign_in("manager").get(path).content.decode()
    whole = say(sign_in("leader"), path, "All of it is fine.")
    assert sign_in("manager").get(f"/comments/{whole.pk}/").status_code == 200
    type(shared).objects.filter(pk=shared.pk).update(audience="makers")
    assert sign_in("manager").get(f"/comments/{whole.pk}/").status_code == 404
    assert sign_in("leader").get(f"{path}?place=move:NOBODY").status_code == 404
    assert sign_in("leader").get(f"{path}?place=nonsense").status_code == 404
    seat = find_directory(run.book).territories["territory_id"][0]
    on_book = say(sign_in("leader"), f"/books/{run.book.pk}/comments/", "Small.", f"territory:{seat}")
    page = sign_in("viewer").get(f"/books/{run.book.pk}/territory/?id={seat}").content.decode()
    assert f'id="comment-{on_book.pk}"' in page


def test_people_are_named_if_they_can_read_it(sign_in: Callable[[str], Any], run: Any, shared: Any) -> None:
    client, path = sign_in("revops"), f"/plans/{run.pk}/comments/"
    say(client, path, "See this, @Viewer and @leader@firm.example.")
    for name in ("viewer", "leader"):
        assert "See this" in sign_in(name).get("/mentions/").content.decode()
    assert "See this" not in sign_in("manager").get("/mentions/").content.decode()
    blind = client.post(path, {"text": "And you, @Rep?"})
    assert blind.status_code == 422
    assert "see this" in blind.content.decode()
    assert "And you, @Rep?" in blind.content.decode()
    type(run).objects.filter(pk=run.pk).update(audience="makers")
    assert "See this" not in sign_in("viewer").get("/mentions/").content.decode()


def test_what_can_not_be_said_is_said_to_be_so(sign_in: Callable[[str], Any], run: Any) -> None:
    path = f"/plans/{run.pk}/comments/"
    for text, words in (("  ", "Say something"), ("x" * 5001, "the most")):
        answer = sign_in("leader").post(path, {"text": text})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert actions() == []


def test_moves_are_a_table_with_reasons_that_a_link_filters(sign_in: Callable[[str], Any], run: Any) -> None:
    import polars as pl

    from evenhand.web.reading import find_plan

    client, path = sign_in("leader"), f"/plans/{run.pk}/moves/"
    moves = find_plan(run).moves
    row = moves.row(0, named=True)
    say(client, f"/plans/{run.pk}/comments/", "Hm.", f"move:{row['account_id']}")
    page = client.get(f"{path}?find={row['account_id']}&sort=-potential").content.decode()
    assert row["account_id"] in page
    assert "1 comment" in page
    for name, column in (("grade", "grade"), ("from", "from_territory_id"), ("to", "to_territory_id")):
        file = pl.read_csv(client.get(f"{path}?format=csv&{name}={row[column]}").content, infer_schema=False)
        assert file.height == moves.filter(pl.col(column) == row[column]).height
    assert "No move is like that" in client.get(f"{path}?find=nothing-like-it").content.decode()
