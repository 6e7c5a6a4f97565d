"""News by mail, over real SMTP: at once, as a digest, not at night; and reminders."""

import datetime as dt
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

WEDNESDAY = dt.datetime(2026, 10, 7, 10, tzinfo=dt.UTC)


def tell(people: dict[str, Any], name: str, words: str, *, urgent: bool) -> None:
    from evenhand.adapters.store.reviews import notify

    notify([people[name]], words, path="/reviews/", is_urgent=urgent)


def test_what_is_urgent_goes_at_once_and_only_once(letterbox: Any, people: dict[str, Any]) -> None:
    from evenhand.wiring.mailing import do_rounds

    tell(people, "manager", "You have until Friday to flag.", urgent=True)
    assert do_rounds(WEDNESDAY) == 1
    assert do_rounds(WEDNESDAY) == 0
    ((to, letter),) = letterbox.letters
    assert to == ("manager@firm.example",)
    assert letter["subject"] == "You have until Friday to flag."
    assert "/reviews/" in letter.get_content()


@pytest.mark.parametrize(
    "at",
    [WEDNESDAY.replace(hour=22), WEDNESDAY.replace(hour=5), WEDNESDAY.replace(day=10)],
    ids=["late", "early", "Saturday"],
)
def test_nothing_goes_in_quiet_hours_and_all_of_it_after(
    letterbox: Any, people: dict[str, Any], at: dt.datetime
) -> None:
    from evenhand.wiring.mailing import do_rounds

    tell(people, "manager", "Urgent.", urgent=True)
    assert do_rounds(at) == 0
    assert not letterbox.letters
    assert do_rounds(WEDNESDAY + dt.timedelta(days=7)) == 1


def test_the_rest_comes_once_a_day_as_one_mail(letterbox: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import Notice
    from evenhand.wiring.mailing import do_rounds

    for n in range(3):
        tell(people, "revops", f"Flag {n}.", urgent=False)
    assert do_rounds(WEDNESDAY.replace(hour=7)) == 0
    assert do_rounds(WEDNESDAY) == 1
    ((_, letter),) = letterbox.letters
    assert letter["subject"] == "3 news in Evenhand"
    assert all(f"Flag {n}." in letter.get_content() for n in range(3))
    Notice.objects.update(mailed_at=WEDNESDAY)
    tell(people, "revops", "One more.", urgent=False)
    assert do_rounds(WEDNESDAY + dt.timedelta(hours=3)) == 0
    assert do_rounds(WEDNESDAY + dt.timedelta(hours=24)) == 1


def test_a_mail_that_is_not_taken_is_tried_again_and_holds_up_no_other(letterbox: Any, people: dict[str, Any]) -> None:
    from evenhand.wiring.mailing import do_rounds

    letterbox.refused.add("manager@firm.example")
    tell(people, "manager", "First.", urgent=True)
    tell(people, "leader", "Second.", urgent=True)
    assert do_rounds(WEDNESDAY) == 1
    letterbox.refused.clear()
    assert do_rounds(WEDNESDAY) == 1
    assert [to for to, _ in letterbox.letters] == [("leader@firm.example",), ("manager@firm.example",)]


def test_who_has_yet_to_answer_is_reminded_on_the_days_of_the_policy(
    letterbox: Any, people: dict[str, Any], posts: dict[str, str], run: Any
) -> None:
    from evenhand.adapters.store.models import Review
    from evenhand.wiring.mailing import do_rounds

    friday = dt.date(2026, 10, 9)
    teams = {posts["manager"]: ["T1"], posts["other_manager"]: ["T2"]}
    review = Review.objects.create(
        run=run, author=people["revops"], stage="in review", plan_hash="h", flags_until=friday,
        cast={"teams": teams, "reps": {}, "chain": []},
    )  # fmt: skip
    review.confirmations.create(
        manager=posts["other_manager"], given_by=people["other_manager"], on=friday, plan_hash="h"
    )
    assert do_rounds(WEDNESDAY - dt.timedelta(days=1)) == 0
    assert do_rounds(WEDNESDAY) == 1
    assert do_rounds(WEDNESDAY) == 0
    assert do_rounds(WEDNESDAY + dt.timedelta(days=2)) == 1
    assert {to for to, _ in letterbox.letters} == {("manager@firm.example",)}
    assert "Friday 09 October" in letterbox.letters[0][1].get_content()
