from html.parser import HTMLParser

import pytest

from evenhand.adapters.letters.blocks import list_blocks
from evenhand.adapters.letters.press import Press
from evenhand.handoff.figures import cents, count

TEMPLATE = """# {{ n }} accounts for {{ name }}

Dear {{ name }},

- **one**
  - within

| Deal | Amount |
| --- | ---: |
| {{ name }} | {{ amount }} |

[Open it](https://example.com/a_b), or ask.
"""
NASTY = "<script>alert(1)</script> </mj-text> &amp; [x](javascript:alert(1)) ![i](http://evil/x.png)\x00\n{{ n }}"
FACTS = {"name": "A&B", "n": count(12, "moves.csv, from T1"), "amount": cents(5_00, "ledger.csv, O1")}


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found, self.shown = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, text):
        self.shown.append(text)

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def mail(letter="brief", locale="en_US", **facts):
    return Press("USD", locale, {letter: TEMPLATE}).mail(letter, FACTS | facts)


def test_a_mail_has_its_subject_once_and_reads_as_plain_text():
    made = mail()
    assert made.subject == "12 accounts for A&B"
    assert made.text == (
        "Dear A&B,\n\n- one\n- within\n\nDeal  Amount\nA&B       $5\n\nOpen it (https://example.com/a_b), or ask.\n"
    )


def test_the_page_of_a_mail_has_every_style_in_its_place_and_fetches_nothing():
    elements = Elements(mail().html)
    assert not [tag for tag, _ in elements.found if tag in ("img", "script", "link", "iframe", "object")]
    assert "url(" not in mail().html
    assert elements.of("a")[0]["href"] == "https://example.com/a_b"
    assert elements.of("h1")[0]["style"]
    ends = [cell["style"].rpartition("text-align:")[2] for cell in elements.of("td") if cell.get("class") == "line"]
    assert ends == ["start;", "right"]
    assert elements.of("html")[0]["lang"] == "en"
    assert any(meta.get("name") == "color-scheme" for meta in elements.of("meta"))
    assert "prefers-color-scheme: dark" in mail().html


def test_a_mail_ends_with_where_each_figure_comes_from_unless_a_customer_reads_it():
    assert "Where each figure comes from" in mail().html
    assert "from T1: 12" in mail().html
    introduction = mail("introduction")
    assert "moves.csv" not in introduction.html
    assert "<h1" not in introduction.html


def test_a_name_from_a_record_changes_nothing_of_a_mail():
    plain, hostile = Elements(mail().html), Elements(mail(name=NASTY[:-7]).html)
    assert [tag for tag, _ in hostile.found] == [tag for tag, _ in plain.found]
    shown = "".join(hostile.shown)
    assert "<script>alert(1)</script> </mj-text> &amp; [x](javascript:alert(1)) ![i](http://evil/x.png)" in shown


@pytest.mark.parametrize("locale", ["ar_EG", "he_IL", "de_DE", "ja_JP", "zh_Hant_TW"])
def test_a_mail_is_read_in_the_direction_of_its_language(locale):
    page = Elements(mail(locale=locale).html).of("html")[0]
    assert page["dir"] == ("rtl" if locale in ("ar_EG", "he_IL") else "ltr")
    assert page["lang"] == locale[:2]


def test_what_letters_dont_use_of_markdown_is_kept_as_text():
    blocks = list_blocks("- a\n  - b\n    1. c\n- d\n\n```\ncode\n```\n\n> said\n")
    assert [block["kind"] for block in blocks] == ["list", "paragraph", "paragraph"]
    assert ["".join(run["text"] for run in item) for item in blocks[0]["items"]] == ["a", "b", "c", "d"]
    assert blocks[1]["runs"][0]["text"] == "code"
