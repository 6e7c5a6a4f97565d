"""Coming in: one-time links, invitations, passwords; and what every page carries to stay safe."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db
PASSWORD = "twelve geese over the marsh"


def test_nobody_has_a_password_that_nobody_chose() -> None:
    from evenhand.adapters.store.models import User
    from evenhand.wiring.serving import make_first_link

    make_first_link()
    (admin,) = User.objects.all()
    assert (admin.role, admin.has_usable_password()) == ("revops", False)


def test_the_first_link_signs_the_administrator_in_once_and_asks_for_a_password(client: Any) -> None:
    from django.test import Client

    from evenhand.wiring.serving import make_first_link

    path = make_first_link().removeprefix("http://127.0.0.1:8000")
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/set/")
    assert client.get("/").status_code == 200
    again = Client().get(path)
    assert again.status_code == 410
    assert "sign in once" in again.content.decode() or "signs in once" in again.content.decode()
    assert make_first_link() == "", "somebody has been in: no further way in is printed"


def test_a_link_that_has_grown_old_opens_nothing(client: Any, people: dict[str, Any]) -> None:
    from django.utils import timezone

    from evenhand.adapters.store.models import SignInLink
    from evenhand.adapters.store.secrets import make_sign_in_link

    secret = make_sign_in_link(people["revops"])
    SignInLink.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert client.get(f"/sign-in/{secret}/").status_code == 410


def test_a_link_of_someone_who_may_not_sign_in_opens_nothing(client: Any, people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import User
    from evenhand.adapters.store.secrets import make_sign_in_link

    secret = make_sign_in_link(people["viewer"])
    User.objects.filter(pk=people["viewer"].pk).update(is_active=False)
    assert client.get(f"/sign-in/{secret}/").status_code == 410


def test_passwords_sign_in_and_wrong_ones_dont_tell_who_is_here(client: Any, people: dict[str, Any]) -> None:
    def enter(login: str, password: str) -> Any:
        return client.post("/accounts/login/", {"login": login, "password": password})

    wrong, unknown = enter("leader@firm.example", "wrong"), enter("nobody@firm.example", "wrong")
    assert wrong.status_code == unknown.status_code == 200
    messages = [re.findall(r'class="error"[^>]*>([^<]+)', page.content.decode()) for page in (wrong, unknown)]
    assert messages[0] == messages[1]
    assert enter("Leader@Firm.example", PASSWORD).status_code == 302
    assert client.get("/plans/").status_code == 200


def test_an_invitation_by_mail_makes_a_person_of_that_role(
    sign_in: Callable[[str], Any], client: Any, mailoutbox: list[Any], posts: dict[str, str]
) -> None:
    from evenhand.adapters.store.models import User

    said = {"email": "New@Firm.example", "role": "manager", "rep_id": posts["manager"]}
    assert sign_in("revops").post("/people/", said).status_code == 302
    (mail,) = mailoutbox
    assert mail.to == ["new@firm.example"]
    path = re.search(r"http://127.0.0.1:8000(/invitations/\S+)", mail.body).group(1)
    assert client.get(path).status_code == 200
    weak = client.post(path, {"name": "New", "password": "password"})
    assert weak.status_code == 422
    assert client.post(path, {"name": "New", "password": PASSWORD}).status_code == 302
    person = User.objects.get(email="new@firm.example")
    assert (person.role, person.rep_id, person.name) == ("manager", posts["manager"], "New")
    assert client.get("/books/").status_code == 200
    assert client.get("/people/").status_code == 404
    client.logout()
    assert client.get(path).status_code == 404, "an invitation works once"


def test_a_second_invitation_ends_the_first(people: dict[str, Any], client: Any) -> None:
    from evenhand.adapters.store.secrets import invite

    _, first = invite("new@firm.example", "viewer", "", people["revops"])
    _, second = invite("new@firm.example", "leader", "", people["revops"])
    assert client.get(f"/invitations/{first}/").status_code == 404
    assert client.get(f"/invitations/{second}/").status_code == 200


def test_managers_and_reps_are_invited_with_their_rep_id(sign_in: Callable[[str], Any]) -> None:
    answer = sign_in("revops").post("/people/", {"email": "new@firm.example", "role": "rep"})
    assert answer.status_code == 422
    assert "Needed for this role" in answer.content.decode()


def test_the_last_one_who_keeps_people_stays_and_older_changes_are_refused(
    sign_in: Callable[[str], Any], people: dict[str, Any]
) -> None:
    client = sign_in("revops")

    def change(name: str, **said: Any) -> str:
        answer = client.post(f"/people/{people[name].pk}/", {"version": 1, "is_active": "on", **said}, follow=True)
        return answer.content.decode()

    assert "last person of revenue operations" in change("revops", role="viewer")
    assert "is changed" in change("viewer", role="leader")
    assert "Somebody else changed" in change("viewer", role="viewer")
    people["viewer"].refresh_from_db()
    assert people["viewer"].role == "leader"


def test_only_hashes_of_secrets_are_kept(people: dict[str, Any]) -> None:
    from evenhand.adapters.store.models import ApiToken, Invitation, SignInLink
    from evenhand.adapters.store.secrets import invite, make_sign_in_link, make_token

    _, token = make_token(people["revops"], "a token", ["read"])
    _, invitation = invite("new@firm.example", "viewer", "", people["revops"])
    link = make_sign_in_link(people["revops"])
    for kind, secret in ((ApiToken, token), (Invitation, invitation), (SignInLink, link)):
        (row,) = kind.objects.values()
        assert secret not in str(row)


def test_every_page_has_a_strict_policy_and_nothing_inline(sign_in: Callable[[str], Any], book: Any, run: Any) -> None:
    paths = ["/", "/books/", f"/books/{book.pk}/", f"/books/{book.pk}/diagnosis/", f"/books/{book.pk}/plans/new/"]
    paths += ["/plans/", f"/plans/{run.pk}/", "/compare/", "/people/", "/tokens/", "/audit/", "/accounts/login/"]
    for path in paths:
        answer = sign_in("nobody" if "login" in path else "revops").get(path)
        assert answer.status_code == 200, path
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), path
        assert not re.search(r"\s(style|on\w+)=\"", text), path
        assert not re.search(r"(src|href)=\"(https?:)?//", text), path


def test_forms_without_their_token_are_refused(people: dict[str, Any]) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(people["revops"], backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/people/", {"email": "new@firm.example", "role": "viewer"})
    assert answer.status_code == 403
    assert "grown old" in answer.content.decode()


def test_the_log_names_routes_and_nobody(sign_in: Callable[[str], Any], caplog: Any, people: dict[str, Any]) -> None:
    import json

    from evenhand.wiring.logs import JsonLines

    caplog.set_level("INFO", "evenhand")
    sign_in("revops").get(f"/people/{people['viewer'].pk}/?email=someone@firm.example")
    lines = [JsonLines().format(record) for record in caplog.records]
    (line,) = [json.loads(line) for line in lines if "answered" in line]
    assert (line["route"], line["method"], line["status"]) == ("people/<uuid:pk>/", "GET", 405)
    assert "firm.example" not in "".join(lines)
    assert str(people["viewer"].pk) not in "".join(lines)


def test_health_says_whether_it_lives_and_can_work(client: Any, settings: Any, tmp_path: Any) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}
    settings.DATA = tmp_path / "missing"
    failing = client.get("/health/ready")
    assert failing.status_code == 503
    assert failing.json()["data"]
