"""Letters in the firm's own words: previewed with real facts, kept as versions, safe, and named by the handoff."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

OURS = "# {{ n_leaving }} accounts move on\n\nHello {{ to_name }}, we talked about {{ territory }}.\n"


def keep(client: Any, text: str, after: int = 0, **more: str) -> Any:
    return client.post("/letters/losing/", {"text": text, "after": str(after), "note": "Shorter", **more})


def test_a_letter_is_previewed_with_a_real_persons_facts(handoff: Any, sign_in: Callable[[str], Any]) -> None:
    client = sign_in("revops")
    page = client.get("/letters/losing/").content.decode()
    losing = next(row for row in handoff.summary["losing"] if row["rep_id"])
    assert f"Dear {losing['rep']}" in page
    shown = client.post("/letters/losing/preview/", {"text": OURS}).content.decode()
    assert f"Hello {losing['rep']}" in shown
    other = [row for row in handoff.summary["losing"] if row["rep_id"]][1]
    chosen = client.post("/letters/losing/preview/", {"text": OURS, "reader": f"{other['rep']} {other['name']}"})
    assert f"Hello {other['rep']}" in chosen.content.decode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Hi\n\n{% for row in accounts %}\n", "line"),
        ("# Hi\n\n{{ salary }}\n", "salary"),
        ("# Hi\n\n{{ ''.__class__.__mro__ }}\n", "unsafe"),
        ("# Hi\n\n{% include 'secrets.toml' %}\n", "secrets.toml"),
        ("# " + "x" * 60_001, "longer"),
    ],
    ids=["not closed", "not a fact", "out of the sandbox", "another file", "too long"],
)
def test_what_is_wrong_is_named_and_not_kept(handoff: Any, sign_in: Callable[[str], Any], text: str, says: str) -> None:
    from evenhand.adapters.store.models import LetterTemplate

    client = sign_in("revops")
    assert says in client.post("/letters/losing/preview/", {"text": text}).content.decode()
    answer = keep(client, text)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not LetterTemplate.objects.exists()


def test_html_in_a_letter_is_shown_and_not_obeyed(handoff: Any, sign_in: Callable[[str], Any]) -> None:
    text = "# Hi\n\n<script>alert(1)</script>\n"
    page = sign_in("revops").post("/letters/losing/preview/", {"text": text}).content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_versions_are_kept_and_a_handoff_says_which_it_used(
    handoff: Any, prepare: Callable[..., Any], sign_in: Callable[[str], Any]
) -> None:
    from evenhand.adapters.store.models import AuditEvent, LetterTemplate

    client = sign_in("revops")
    assert keep(client, OURS).status_code == 302
    late = keep(client, OURS + "\nMore.\n", after=0)
    assert "another version meanwhile" in late.content.decode()
    assert keep(client, OURS + "\nMore.\n", after=1).status_code == 302
    assert list(LetterTemplate.objects.values_list("number", flat=True)) == [2, 1]
    ours = prepare()
    assert ours.templates == {"losing": 2}
    assert "accounts move on" in ours.messages.filter(kind="losing").first().subject
    page = client.get("/letters/losing/?version=1").content.decode()
    assert "This is version 1: Shorter" in page
    assert "More." not in page.partition("</textarea>")[0]
    product = prepare(own_templates=False)
    assert product.templates == {}
    assert "leave" in product.messages.filter(kind="losing").first().subject
    assert keep(client, "", after=2, back="1").status_code == 302
    assert prepare().templates == {}
    assert AuditEvent.objects.filter(action="letter_template.kept").count() == 3
    for name in ("leader", "manager", "rep", "viewer"):
        assert sign_in(name).get("/letters/losing/").status_code == 404
        assert sign_in(name).post("/letters/losing/", {"text": OURS}).status_code == 404
