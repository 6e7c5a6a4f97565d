import datetime as dt

import polars as pl
import pytest
from icalendar import Calendar

from evenhand.adapters.letters.blocks import list_blocks
from evenhand.adapters.letters.calendar import write_calendar
from evenhand.adapters.letters.holidays import read_working_days
from evenhand.adapters.letters.paper import render_html
from evenhand.adapters.letters.press import Press
from evenhand.adapters.letters.writing import Writer
from evenhand.foundation.errors import InputError
from evenhand.handoff.figures import Figure, cents, count, day
from evenhand.policy import Policy

NASTY = "<script>alert(1)</script> *Acme* | [x](http://evil) # & Co\n# Fired"


def write(template, locale="en_US", **facts):
    return Writer("USD", locale, {"brief": template}).write("brief", facts)


def test_figures_are_written_as_the_locale_does_and_keep_their_source():
    facts = {
        "n": count(1234, "accounts"), "amount": cents(123_456_78, "quotas.csv"), "on": day(dt.date(2026, 10, 5), "t"),
        "more": Figure(0.4, "change", "c"), "less": Figure(-0.4, "change", "c"),
    }  # fmt: skip
    text = "{{ n }}; {{ amount }}; {{ on }}; {{ on|short }}; {{ more }}; {{ less }}; {{ less|size }}"
    american = write(text, **facts)
    assert american.sources[:2] == (("1,234", "accounts"), ("$123,456.78", "quotas.csv"))
    assert list_blocks(american.markdown)[0]["runs"][0]["text"] == (
        "1,234; $123,456.78; October 5, 2026; Oct 5, 2026; +40%; −40%; 40%"
    )
    german = list_blocks(write(text, "de_DE", **facts).markdown)[0]["runs"][0]["text"]
    assert "1.234" in german
    assert "5. Oktober 2026" in german


def test_a_name_from_a_record_is_shown_and_never_obeyed():
    page = render_html(
        write("# {{ name }}\n\nDear {{ name }},\n\n| a |\n| - |\n| {{ name }} |\n", name=NASTY), "en", "ltr"
    )
    assert "<script" not in page
    assert "<em>" not in page
    assert 'href="http' not in page
    assert page.count("<h1>") == 1
    assert page.count("*Acme*") == 4
    assert page.count("<td>") == 1


@pytest.mark.parametrize(
    "name", ["1. first", "- dash", "+ plus", "=== line", "   indented", "> quote", "```", "![i](x)"]
)
def test_a_name_at_the_start_of_a_line_stays_text(name):
    (block,) = list_blocks(write("{{ name }}", name=name).markdown)
    assert block["kind"] == "paragraph"
    assert "".join(run["text"] for run in block["runs"]) == name.strip()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% if %}", "line 1"),
        ("{{ salary }}", "salary"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ n.append(1) }}", "unsafe"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "rounds"),
        ("{% for a in range(10 ** 9) %}{% endfor %}", "moderate"),
        ("{{ 'x' * 999999999999 }}", "moderate"),
        ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "recursion"),
        ("{{ 1 + 'a' }}", "unsupported"),
        ("{{ 1 / 0 }}", "division"),
    ],
)
def test_a_template_that_is_wrong_or_wants_too_much_is_refused(template, said):
    with pytest.raises(InputError, match=said):
        write(template, n=[1])


def test_a_template_that_no_letter_is_made_of_and_an_unknown_locale_are_named():
    with pytest.raises(InputError) as caught:
        Writer("USD", "xx_YY", {"loosing": "hello"})
    assert set(caught.value.problems) == {"loosing.md.jinja", "handoff.locale"}


HOSTILE = ["#set page(width: 1pt)", "$x$ @y <z> [a] *b*", "{{ 7 * 7 }}{% raw %}", "مرحبا \u202e abc", "x" * 10_000,
           "\x00\x07\u2028", "👩‍👩‍👧 emoji", "a\r\nb\tc", " "]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_can_stand_in_every_form_of_a_letter(name):
    template = "# {{ name }}\n\nDear {{ name }},\n\n- {{ name }}\n\n| a | b |\n| --- | ---: |\n| {{ name }} | 1 |\n"
    press = Press("USD", "en_US", {"brief": template})
    assert press.pdf("brief", {"name": name}).count(b"/MediaBox") <= 6
    mail = press.mail("brief", {"name": name})
    assert "\n" not in mail.subject
    assert "49" not in mail.text + press.html("brief", {"name": name}).decode().partition("<main>")[2]
    assert mail.text.startswith("Dear")


def test_the_paper_is_that_of_the_country():
    for locale, size in (("en_US", (612, 792)), ("de_DE", (595, 841))):
        pdf = Press(
            "USD", locale, {"brief": "# Title\n\n- **one**\n- two\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n"}
        ).pdf("brief", {})
        assert pdf.startswith(b"%PDF")
        assert b"/MediaBox[0 0 %d" % size[0] in pdf


def test_text_for_mail_has_its_subject_in_the_first_line():
    text = Press("USD", "en_US", {"brief": "# Hello {{ name }}\n\nA & B\n\n- one\n"}).text("brief", {"name": "A*B"})
    assert text.decode() == "Hello A*B\n\nA & B\n\n- one\n"


TASKS = pl.DataFrame(
    [
        {"kind": "introduction", "due_on": dt.date(2026, 10, 9), "owner_id": "R1", "with_id": "R2",
         "territory_id": None, "account_id": "A1", "opportunity_id": None, "text": "Introduce Ann, Bob; Co"},
        {"kind": "account transfer", "due_on": dt.date(2026, 10, 19), "owner_id": None, "with_id": None,
         "territory_id": None, "account_id": "A1", "opportunity_id": None, "text": "x"},
        {"kind": "losing conversation", "due_on": dt.date(2026, 10, 5), "owner_id": "M", "with_id": "R1",
         "territory_id": "T1", "account_id": None, "opportunity_id": None, "text": "Talk"},
    ]
)  # fmt: skip
EMAILS = {"R1": "r1@example.com", "R2": None, "M": "m@example.com"}
MADE = dt.date(2026, 9, 30)


def events(content):
    return {str(event["summary"]): event for event in Calendar.from_ical(content).walk("VEVENT")}


def test_a_calendar_has_appointments_for_those_who_have_to_be_there():
    content = write_calendar(TASKS, EMAILS, MADE, None)
    assert content == write_calendar(TASKS, EMAILS, MADE, None)
    found = events(content)
    assert set(found) == {"Introduce Ann, Bob; Co", "Talk"}
    assert found["Introduce Ann, Bob; Co"].decoded("dtstart") == dt.date(2026, 10, 9)
    assert str(found["Introduce Ann, Bob; Co"]["attendee"]) == "mailto:r1@example.com"
    assert [str(one) for one in found["Talk"]["attendee"]] == ["mailto:m@example.com", "mailto:r1@example.com"]


@pytest.mark.parametrize("address", ["a@b.c\r\nX-EVIL:1", "nobody", "a@b.c, d@e.f", ""])
def test_what_is_no_address_is_not_invited(address):
    found = events(write_calendar(TASKS, {"R1": address}, MADE, None))
    assert all("attendee" not in event for event in found.values())


def test_a_later_calendar_updates_what_changed_and_cancels_what_is_gone():
    first = write_calendar(TASKS, EMAILS, MADE, None)
    later = TASKS.filter(pl.col("kind") != "losing conversation").with_columns(due_on=dt.date(2026, 10, 12))
    second = write_calendar(later, EMAILS, MADE, first)
    before, after = events(first), events(second)
    introduction = after["Introduce Ann, Bob; Co"]
    assert introduction["uid"] == before["Introduce Ann, Bob; Co"]["uid"]
    assert (introduction["sequence"], introduction.decoded("dtstart")) == (1, dt.date(2026, 10, 12))
    assert (after["Talk"]["status"], after["Talk"]["sequence"]) == ("CANCELLED", 1)
    third = events(write_calendar(later, EMAILS, MADE, second))
    assert (third["Talk"]["sequence"], third["Introduce Ann, Bob; Co"]["sequence"]) == (1, 1)
    back = events(write_calendar(TASKS, EMAILS, MADE, second))["Talk"]
    assert (back["status"], back["sequence"]) == ("CONFIRMED", 2)


def test_nobody_works_on_holidays_of_the_firm_nor_meets_a_customer_on_theirs():
    policy = Policy.of({"handoff": {"holiday_countries": ["US", "DE-BY"], "days_off": ["2026-12-24"]}})
    days = read_working_days(policy, dt.date(2026, 10, 1), ["FR", "Somewhere"])
    assert set(days) == {"", "FR"}
    for off in (dt.date(2026, 11, 26), dt.date(2027, 1, 6), dt.date(2026, 12, 24)):
        assert not days[""].is_one(off)
    assert days[""].is_one(dt.date(2027, 7, 14))
    assert not days["FR"].is_one(dt.date(2027, 7, 14))


@pytest.mark.parametrize("name", ["Atlantis", "DE-XX"])
def test_an_unknown_country_is_named(name):
    policy = Policy.of({"handoff": {"holiday_countries": [name]}})
    with pytest.raises(InputError, match=name):
        read_working_days(policy, dt.date(2026, 10, 1), [])


@pytest.mark.parametrize(("n_rows", "n_pages"), [(3, 1), (40, 2)])
def test_only_long_lists_get_a_page_of_their_own(n_rows, n_pages):
    from evenhand.adapters.letters.paper import Printer
    from evenhand.adapters.letters.writing import Written

    rows = "\n".join(f"| A{i} | T02 |" for i in range(n_rows))
    text = f"# Two leave\n\nDear R\n\n---\n\n## Accounts\n\n| Account | To |\n| --- | --- |\n{rows}\n"
    pdf = Printer("en", "a4").print(Written("Two leave", text, (), ""))
    assert pdf.count(b"/MediaBox") == n_pages
