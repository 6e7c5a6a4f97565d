import datetime as dt
from dataclasses import replace

import polars as pl

from evenhand.adapters.letters.press import Press
from evenhand.foundation.working_days import WorkingDays
from evenhand.handoff.briefs import write_briefs
from evenhand.handoff.handoff import prepare_handoff
from evenhand.handoff.told import Told
from evenhand.policy import Policy

START = dt.date(2026, 10, 5)


def test_a_brief_has_contacts_next_steps_family_and_risks(make_book):
    book = make_book(
        accounts=[
            {"account_id": "A1", "name": "Acme", "territory_id": "T1"},
            {"account_id": "A2", "name": "Acme East", "territory_id": "T1", "parent_account_id": "A1"},
            {"account_id": "A3", "name": "Acme Pipes", "territory_id": "T1", "parent_account_id": "A2",
             "product_usage": 0.1, "last_activity_on": dt.date(2026, 1, 5)},
        ],
        territories=[{"territory_id": "T1"}, {"territory_id": "T2"}],
        reps=[{"rep_id": "R1", "name": "Ann"}, {"rep_id": "R2", "name": "Bob"}],
        coverage=[{"rep_id": f"R{i}", "territory_id": f"T{i}", "starts_on": dt.date(2024, 1, 1)} for i in (1, 2)],
        opportunities=[{"opportunity_id": "O1", "account_id": "A3", "rep_id": "R1", "type": "renewal",
                        "stage_number": 2, "amount_cents": 5_00, "closed_on": dt.date(2026, 11, 20)}],
    )  # fmt: skip
    wider = {
        "accounts": book.accounts.with_columns(contact_name=pl.lit("Cleo *Dee*"), contact_email=pl.lit(None)),
        "opportunities": book.opportunities.with_columns(next_step=pl.lit("Send the offer")),
    }
    book = replace(book, tables={**book.tables, **wider})
    moves = pl.DataFrame(
        {"account_id": ["A3"], "from_territory_id": ["T1"], "to_territory_id": ["T2"], "grade": ["medium"],
         "potential": [1.0], "reason": ["T1 is over"], "evidence": ["open opportunity O1"]}
    )  # fmt: skip
    units = moves.select("account_id", unit_id="account_id")
    assignment = book.accounts.select("account_id", "territory_id")
    handoff = prepare_handoff(book, moves, assignment, units, Policy(), START, {"": WorkingDays()})
    told = Told(book, handoff, Policy(), pl.DataFrame(), pl.DataFrame(), {}, {}, START)
    ((account_id, facts),) = write_briefs(told, moves)
    assert account_id == "A3"
    assert facts["contacts"] == [{"what": "contact name", "value": "Cleo *Dee*"}]
    assert [member["name"] for member in facts["family"]] == ["Acme", "Acme East"]
    assert [risk["what"] for risk in facts["risks"]] == ["renewal", "quiet", "little use"]
    text = Press("USD", "en_US", {}).text("brief", facts).decode()
    assert "Contact name: Cleo *Dee*" in text
    assert "Next: Send the offer." in text
    assert "Nothing heard since January 5, 2026." in text
