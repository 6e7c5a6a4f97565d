"""A plan under review, from the signed policy to the answered dispute, and every wrong turn on the way."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that moves the day of the review on."""
    from django.utils import timezone

    real = timezone.now

    def move(days: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + dt.timedelta(days=days))

    return move


@pytest.fixture
def titled(people: dict[str, Any], posts: dict[str, str], book: Any) -> dict[str, Any]:
    """Give the leader the place above both teams and the titles that sign."""
    from evenhand.adapters.store.models import User
    from evenhand.web.reading import find_directory

    reps = find_directory(book).reps
    above = dict(reps.select("rep_id", "manager_id").iter_rows()).get(posts["manager"]) or ""
    User.objects.filter(pk=people["leader"].pk).update(rep_id=above, title="VP Sales")
    for title in ("CRO", "VP RevOps"):
        email = f"{title.lower().replace(' ', '-')}@firm.example"
        people[title] = User.objects.create_user(email, None, role="leader", name=title, title=title)
    for person in people.values():
        person.refresh_from_db()
    return people


def post(client: Any, path: str, **said: str) -> str:
    """Send a form and return what is said about it."""
    answer = client.post(path, said, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return " ".join(str(message) for message in answer.context["messages"])


def sign_policy(sign_in: Any, people: dict[str, Any]) -> Any:
    from django.test import Client

    from evenhand.adapters.store.models import PolicyVersion

    assert "put to the signers" in post(sign_in("revops"), "/policies/propose/")
    version = PolicyVersion.objects.get()
    for title in ("CRO", "VP Sales", "VP RevOps"):
        client = Client()
        client.force_login(
            people["leader" if title == "VP Sales" else title],
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        assert post(client, f"/policies/{version.pk}/act/", action="sign", title=title) == "Signed."
    return version


@pytest.fixture
def story(sign_in: Any, titled: dict[str, Any], run: Any) -> dict[str, Any]:
    """Return a plan put to the managers under a signed policy."""
    from django.utils import timezone

    from evenhand.adapters.store.models import PlanRun, Review

    version = sign_policy(sign_in, titled)
    PlanRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
    post(sign_in("revops"), f"/plans/{run.pk}/review/")
    review = Review.objects.get()
    assert review.stage == "in review"
    return {"review": review, "version": version, "people": titled, "path": f"/reviews/{review.pk}/"}


def moving(review: Any, manager: str) -> list[str]:
    """Return accounts that leave a manager's team."""
    from evenhand.web.reading import find_plan

    plan, team = find_plan(review.run), set(review.cast["teams"][manager])
    return [row["account_id"] for row in plan.moves.to_dicts() if row["from_territory_id"] in team]


def staying(review: Any, manager: str) -> tuple[str, str]:
    """Return an account that stays in a manager's team, and another territory."""
    from evenhand.web.reading import find_plan

    plan = find_plan(review.run)
    team, moved = review.cast["teams"][manager], set(plan.moves["account_id"])
    rows = plan.assignment.to_dicts()
    account = next(r["account_id"] for r in rows if r["territory_id"] == team[0] and r["account_id"] not in moved)
    return account, next(r["territory_id"] for r in rows if r["territory_id"] != team[0])


def test_a_plan_is_put_to_managers_only_under_a_policy_signed_before_it(
    sign_in: Any, titled: dict[str, Any], run: Any
) -> None:
    from evenhand.adapters.store.models import Review

    client = sign_in("revops")
    assert "never put to the signers" in post(client, f"/plans/{run.pk}/review/")
    sign_policy(sign_in, titled)
    assert "made before its policy was signed" in post(client, f"/plans/{run.pk}/review/")
    assert not Review.objects.exists()


def test_only_whoever_holds_the_title_signs(sign_in: Any, titled: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import PolicySignature, PolicyVersion

    post(sign_in("revops"), "/policies/propose/")
    assert "were put to the signers already" in sign_in("revops").post("/policies/propose/").content.decode()
    path = f"/policies/{PolicyVersion.objects.get().pk}/act/"
    for name, title in (("leader", "CRO"), ("revops", "VP RevOps"), ("leader", "Intern")):
        post(sign_in(name), path, action="sign", title=title)
    assert not PolicySignature.objects.exists()
    for name in ("manager", "rep", "stranger"):
        assert sign_in(name).post(path, {"action": "sign", "title": "CRO"}).status_code == 404
    assert "has yet to sign" in post(sign_in("revops"), path, action="publish")
    assert "Nobody gives a title" in post(
        sign_in("revops"), "/policies/titles/", title="CRO", person=str(titled["revops"].pk)
    )


def test_reps_read_the_policy_once_it_is_published(sign_in: Any, titled: dict[str, Any]) -> None:
    version = sign_policy(sign_in, titled)
    assert sign_in("rep").get(f"/policies/{version.pk}/").status_code == 404
    post(sign_in("revops"), f"/policies/{version.pk}/act/", action="publish")
    page = sign_in("rep").get(f"/policies/{version.pk}/").content.decode()
    assert "Managers may flag for so many working days." in page
    assert "Let everyone read it" not in page


def test_the_whole_review(story: dict[str, Any], sign_in: Any, posts: dict[str, str], clock: Any) -> None:
    from evenhand.adapters.store.models import AuditEvent, Notice, Review, User
    from evenhand.adapters.store.trail import check_trail
    from evenhand.wiring.pricing_flags import price_review

    review, path = story["review"], story["path"]
    act = path + "act/"
    assert sign_in("stranger").get(path).status_code == 404
    assert sign_in("rep").get(path).status_code == 404
    manager, other, revops, leader = (sign_in(n) for n in ("manager", "other_manager", "revops", "leader"))
    account = moving(review, posts["manager"])[0]
    page = manager.get(path).content.decode()
    assert account in page
    assert "Raise the flag" in page

    # Wrong turns: a flag without words, of another team, of an unknown account; approving too early; a rep's try.
    assert "Say why" in post(manager, act, action="flag", account_id=account, flag_reason="other", reason=" ")
    strange, place = staying(review, posts["other_manager"])
    told = post(manager, act, action="flag", account_id=strange, to_territory_id=place, flag_reason="other", reason="x")
    assert "another team" in told
    assert "names no active account" in post(
        manager, act, action="flag", account_id="A9", flag_reason="other", reason="x"
    )
    assert "none of the policy" in post(manager, act, action="flag", account_id=account, flag_reason="mood", reason="x")
    assert "is for the leader whose approval" in post(manager, act, action="approve", plan_hash=review.plan_hash)
    assert "has to be approved" in post(revops, act, action="publish")

    said = post(manager, act, action="flag", account_id=account, flag_reason="anchor account", reason="They know us.")
    assert "being worked out" in said
    price_review(str(review.pk))
    flag = review.flags.get()
    assert flag.price["words"]
    page = revops.get(path).content.decode()
    assert "They know us." in page
    assert "Honouring it costs" in page
    assert "has no answer yet" in post(leader, act, action="approve", plan_hash=review.plan_hash)
    assert "Say why" in post(revops, act, action="override flag", subject=str(flag.pk))
    assert "is for revenue operations" in post(manager, act, action="accept flag", subject=str(flag.pk), reason="me")
    post(revops, act, action="override flag", subject=str(flag.pk), reason="The band needs it.")
    assert "The band needs it." in manager.get(path).content.decode()
    assert "already" in post(revops, act, action="accept flag", subject=str(flag.pk), reason="No, yes.")

    post(other, act, action="confirm", plan_hash=review.plan_hash)
    review.refresh_from_db()
    silent = [key for key in review.cast["teams"] if key not in {posts["manager"], posts["other_manager"]}]
    if silent:
        assert "not answered yet" in post(leader, act, action="approve", plan_hash=review.plan_hash)
        assert "has time until" in post(leader, act, action="stand in", subject=silent[0], reason="On leave.")
    clock(10)
    for key in silent:
        post(leader, act, action="stand in", subject=key, reason="On leave; I looked at it.")
    assert "replaced since" in post(leader, act, action="approve", plan_hash="another")
    for _ in review.cast["chain"]:
        post(leader, act, action="approve", plan_hash=review.plan_hash)
    review.refresh_from_db()
    assert review.stage == "approved", review.cast
    assert "has to be in review" in post(
        manager, act, action="flag", account_id=account, flag_reason="other", reason="x"
    )

    post(revops, act, action="publish")
    review.refresh_from_db()
    assert review.stage == "published"
    # Somebody of the manager's team whom the plan touches.
    team = set(review.cast["teams"][posts["manager"]])
    chosen = next(name for name, found in review.cast["reps"].items() if team & set(found))
    assert sign_in("stranger").get(path).status_code == 404
    User.objects.filter(pk=story["people"]["rep"].pk).update(rep_id=chosen)
    rep = sign_in("rep")
    page = rep.get(path).content.decode()
    assert "Opening quota" in page
    assert "The next review is in 3 months." in page
    territory = review.cast["reps"][chosen][0]
    post(rep, act, action="dispute", territory_id=territory, reason="The deal is mine.")
    assert "may dispute until" in post(revops, act, action="close")
    voice = review.voices.get()
    assert "your manager" not in post(other, act, action="answer", subject=str(voice.pk), reason="No.")
    post(manager, act, action="answer", subject=str(voice.pk), reason="It stays with you through close.")
    assert "It stays with you" in rep.get(path).content.decode()
    clock(40)  # sessions have ended meanwhile
    assert "ended on" in post(sign_in("rep"), act, action="dispute", territory_id=territory, reason="Late.")
    post(sign_in("revops"), act, action="close")
    assert Review.objects.get().stage == "closed"
    assert check_trail() is None
    event = AuditEvent.objects.filter(action="review.approve").first()
    assert event is not None
    assert (event.detail["before"]["stage"], event.origin[:3]) == ("in review", "web")
    assert Notice.objects.filter(user=story["people"]["manager"], words__contains="The band needs it.").exists()


def test_a_plan_that_was_tampered_with_after_approval_is_not_published(
    story: dict[str, Any], sign_in: Any, clock: Any
) -> None:
    from evenhand.adapters.store.models import Review
    from evenhand.wiring.shelf import open_shelf

    review, act = story["review"], story["path"] + "act/"
    clock(10)
    for key in review.cast["teams"]:
        post(sign_in("leader"), act, action="stand in", subject=key, reason="Nobody answered.")
    for _ in review.cast["chain"]:
        post(sign_in("leader"), act, action="approve", plan_hash=review.plan_hash)
    assert Review.objects.get().stage == "approved"
    file = open_shelf().plan(review.run.folder) / "report.html"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole + b" ")
        assert "isn't the one that was approved" in post(sign_in("revops"), act, action="publish")
    finally:
        file.write_bytes(whole)
    assert "Published" in post(sign_in("revops"), act, action="publish")


def test_an_accepted_flag_has_to_be_in_the_plan_that_is_approved(
    story: dict[str, Any], sign_in: Any, posts: dict[str, str]
) -> None:
    from evenhand.adapters.store.models import PlanRun
    from evenhand.wiring.planning import solve_run

    review, act = story["review"], story["path"] + "act/"
    account = moving(review, posts["manager"])[0]
    post(sign_in("manager"), act, action="flag", account_id=account, flag_reason="other", reason="Renewal.")
    post(sign_in("revops"), act, action="accept flag", subject=str(review.flags.get().pk), reason="You are right.")
    assert "doesn't do yet what was accepted" in post(
        sign_in("leader"), act, action="approve", plan_hash=review.plan_hash
    )
    assert "solved again" in post(sign_in("revops"), story["path"] + "revise/")
    child = PlanRun.objects.get(parent=review.run)
    solve_run(str(child.pk))
    child.refresh_from_db()
    assert child.has_plan, child.problem
    assert "replaced" in post(sign_in("revops"), story["path"] + "revise/", plan=str(child.pk))
    review.refresh_from_db()
    assert review.run_id == child.pk
    assert review.flags.get().is_honoured


def test_a_tampered_trail_names_the_first_event_that_does_not_hold(story: dict[str, Any], sign_in: Any) -> None:
    from django.db import connection

    from evenhand.adapters.store.models import AuditEvent
    from evenhand.adapters.store.trail import check_trail

    client = sign_in("revops")
    assert "events hold" in client.get("/audit/check/").content.decode()
    found = client.get("/audit/check/?q=policy.signed").content.decode()
    assert "3 found" in found
    exported = b"".join(client.get("/audit.csv").streaming_content).decode().splitlines()
    assert len(exported) == AuditEvent.objects.count() + 1
    victim = AuditEvent.objects.filter(action="policy.signed").last()
    assert victim is not None
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_update")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is checked at the end is checked now
            cursor.execute("ALTER TABLE store_auditevent DISABLE TRIGGER audit_no_change")
        cursor.execute("UPDATE store_auditevent SET action = 'policy.read' WHERE id = %s", [victim.pk])
    broken = check_trail()
    assert broken is not None
    assert broken.number == victim.pk
    assert f"Event {victim.pk} doesn" in client.get("/audit/check/").content.decode()


def test_a_delegate_approves_for_a_leader_on_the_days_agreed(story: dict[str, Any], sign_in: Any, clock: Any) -> None:
    from evenhand.adapters.store.models import ReviewApproval

    review, act = story["review"], story["path"] + "act/"
    day = dt.datetime.now(dt.UTC).date()
    post(
        sign_in("leader"), "/delegations/", to=str(story["people"]["other_manager"].pk),
        starts_on=str(day), ends_on=str(day + dt.timedelta(days=20)),
    )  # fmt: skip
    clock(10)
    for key in review.cast["teams"]:
        post(sign_in("leader"), act, action="stand in", subject=key, reason="Nobody answered.")
    assert "Approved" in post(sign_in("other_manager"), act, action="approve", plan_hash=review.plan_hash)
    given = ReviewApproval.objects.get()
    assert given.given_by == story["people"]["other_manager"]
    assert given.step == review.cast["chain"][0]


def test_a_policy_that_departs_from_the_signed_one_is_an_exception_with_reason_and_signatures(
    story: dict[str, Any], sign_in: Any, book: Any
) -> None:
    from django.test import Client

    from evenhand.adapters.store.models import PlanRun, PolicyVersion
    from evenhand.app.question import Question
    from evenhand.web.requesting import ask_plan
    from evenhand.wiring.planning import solve_run

    revops = sign_in("revops")
    first = ask_plan(story["people"]["revops"], book, Question({"bands.potential": 0.2}), "Looser")
    solve_run(str(first.pk))
    assert "never put to the signers" in post(revops, f"/plans/{first.pk}/review/")
    assert revops.post(f"/plans/{first.pk}/exception/", {"reason": " "}).status_code == 409
    post(revops, f"/plans/{first.pk}/exception/", reason="Two seats are vacant.")
    exception = PolicyVersion.objects.exclude(exception_to=None).get()
    assert [change["path"] for change in exception.changes] == ["bands.potential"]
    for title in ("CRO", "VP Sales", "VP RevOps"):
        client = Client()
        person = story["people"]["leader" if title == "VP Sales" else title]
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        post(client, f"/policies/{exception.pk}/act/", action="sign", title=title)
    again = ask_plan(story["people"]["revops"], book, Question({"bands.potential": 0.2}), "Looser, signed")
    solve_run(str(again.pk))
    assert "are told" in post(revops, f"/plans/{again.pk}/review/")
    page = revops.get(f"/reviews/{PlanRun.objects.get(pk=again.pk).reviews.get().pk}/").content.decode()
    assert "Two seats are vacant." in page
    for path in (f"/plans/{again.pk}/", f"/plans/{again.pk}/report.html"):
        shown = revops.get(path).getvalue().decode()
        assert "Two seats are vacant." in shown
        assert "Signed by" in shown
        assert "<code>bands.potential</code>: 0.15 → <strong>0.2</strong>" in shown
    assert "Two seats are vacant." not in revops.get(f"/plans/{story['review'].run_id}/report.html").getvalue().decode()
    packed = zipfile.ZipFile(io.BytesIO(revops.get(f"/plans/{again.pk}/plan.zip").getvalue()))
    assert "Two seats are vacant." in packed.read("exception.txt").decode()


def test_a_delegation_that_ended_or_would_be_self_approval_opens_nothing(
    story: dict[str, Any], sign_in: Any, clock: Any
) -> None:
    from evenhand.adapters.store.models import Delegation, Review

    review, act, people = story["review"], story["path"] + "act/", story["people"]
    day = dt.datetime.now(dt.UTC).date()
    for name in ("revops", "other_manager"):
        days = {"starts_on": str(day), "ends_on": str(day + dt.timedelta(days=20))}
        post(sign_in("leader"), "/delegations/", to=str(people[name].pk), **days)
    clock(10)
    for key in review.cast["teams"]:
        post(sign_in("leader"), act, action="stand in", subject=key, reason="Nobody answered.")
    approve = {"action": "approve", "plan_hash": review.plan_hash}
    assert "You asked for this plan or put it forward" in post(sign_in("revops"), act, **approve)
    given = Delegation.objects.get(to=people["other_manager"])
    assert sign_in("revops").post(f"/delegations/{given.pk}/end/").status_code == 404
    post(sign_in("leader"), f"/delegations/{given.pk}/end/")
    assert "is for the leader whose approval is next" in post(sign_in("other_manager"), act, **approve)
    Delegation.objects.filter(pk=given.pk).update(ended_at=None)
    clock(25)
    assert "is for the leader whose approval is next" in post(sign_in("other_manager"), act, **approve)
    assert not review.approvals.exists()
    assert Review.objects.get().stage == "in review"


def test_an_account_that_stays_is_not_flagged_to_stay_and_a_step_is_taken_once(
    story: dict[str, Any], sign_in: Any, posts: dict[str, str]
) -> None:
    review, act = story["review"], story["path"] + "act/"
    account, _ = staying(review, posts["manager"])
    manager, said = sign_in("manager"), {"action": "flag", "flag_reason": "other", "reason": "x"}
    assert "The plan does that already." in post(manager, act, account_id=account, **said)
    assert "is in review already" in post(sign_in("revops"), f"/plans/{review.run_id}/review/")
    post(manager, act, account_id=moving(review, posts["manager"])[0], **said)
    drop = {"action": "drop flag", "subject": str(review.flags.get().pk)}
    post(manager, act, **drop)
    assert "already" in post(manager, act, **drop)
    assert review.flags.get().state == "dropped"
