from __future__ import annotations

import datetime as dt

from evenhand.adapters.files.csv_tables import read_csv
from evenhand.book.admit import Admission, admit_tables
from evenhand.book.mapping import read_mapping

TERRITORIES = "territory_id\nT1\n"


def admit(mapping: str, **texts: str) -> Admission:
    raw = {name: read_csv(text.encode(), f"{name}.csv").table for name, text in texts.items()}
    tables = {name: table for name, table in raw.items() if table is not None}
    return admit_tables(tables, as_of=dt.date(2026, 6, 30), mapping=read_mapping(mapping))


def derived(admission: Admission) -> list[str]:
    return [finding.message for finding in admission.findings if finding.code == "BK530"]


REP_WITH_MOST = """
[[derive]]
kind = "lookup"
column = "accounts.territory_id"
from = "opportunities"
match = { account_id = "account_id" }
take = "rep_id"
pick = "most"
weigh = "amount"

[[derive]]
kind = "rows"
table = "territories"
from = "opportunities"
columns = { territory_id = "rep_id" }
"""


def test_an_account_goes_to_the_rep_with_most_of_its_opportunities() -> None:
    admission = admit(
        REP_WITH_MOST,
        accounts="account_id\nA1\nA2\nA3\nA4\n",
        opportunities="opportunity_id,account_id,rep_id,amount\n"
        "O1,A1,R1,1\nO2,A1,R1,1\nO3,A1,R2,99\n"  # more deals count before more money
        "O4,A2,R2,1\nO5,A2,R1,5\n"  # as many: more money
        "O6,A3,R2,5\nO7,A3,R1,5\n",  # as much: the first by id
    )
    assert admission.book is not None
    assert admission.book.accounts.select("account_id", "territory_id").rows() == [
        ("A1", "R1"),
        ("A2", "R1"),
        ("A3", "R1"),
    ]
    assert admission.rejects["accounts"]["account_id"].to_list() == ["A4"]
    assert "in 3 rows; 1 stay empty; 3 had several to choose from (1 tied, settled by id)" in "\n".join(
        derived(admission)
    )


def test_a_value_of_the_source_is_never_replaced() -> None:
    admission = admit(
        REP_WITH_MOST,
        accounts="account_id,territory_id\nA1,R2\nA2,\n",
        opportunities="opportunity_id,account_id,rep_id\nO1,A1,R1\nO2,A2,R1\nO3,A2,R2\nO4,A2,R1\n",
    )
    assert admission.book is not None
    assert admission.book.accounts["territory_id"].to_list() == ["R2", "R1"]


def test_only_takes_no_sides() -> None:
    admission = admit(
        """
        [[derive]]
        kind = "lookup"
        column = "accounts.country"
        from = "regions"
        match = { area = "area" }
        take = "country"
        """,
        accounts="account_id,territory_id,area\nA1,T1,1\nA2,T1,2\nA3,T1,3\n",
        territories=TERRITORIES,
        regions="area,country\n1,US\n1,US\n2,FR\n2,DE\n",
    )
    assert admission.book is not None
    assert admission.book.accounts["country"].to_list() == ["US", None, None]


def test_smallest_and_largest_of_dates() -> None:
    admission = admit(
        """
        [[derive]]
        kind = "lookup"
        column = "accounts.created_on"
        from = "opportunities"
        match = { account_id = "account_id" }
        take = "created_on"
        pick = "smallest"

        [[derive]]
        kind = "lookup"
        column = "accounts.last_activity_on"
        from = "opportunities"
        match = { account_id = "account_id" }
        take = "created_on"
        pick = "largest"
        """,
        accounts="account_id,territory_id\nA1,T1\n",
        territories=TERRITORIES,
        opportunities="opportunity_id,account_id,created_on\nO1,A1,2026-02-01\nO2,A1,2026-01-01\n",
    )
    assert admission.book is not None
    assert admission.book.accounts.select("created_on", "last_activity_on").row(0) == (
        dt.date(2026, 1, 1),
        dt.date(2026, 2, 1),
    )


def test_rows_are_added_only_where_their_key_is_new() -> None:
    admission = admit(
        """
        [[derive]]
        kind = "rows"
        table = "reps"
        from = "reps"
        columns = { rep_id = "manager_id", name = "manager_id" }
        """,
        accounts="account_id,territory_id\nA1,T1\n",
        territories=TERRITORIES,
        reps="rep_id,name,manager_id\nR1,Ann,M1\nR2,Bob,M1\nM1,Mo,\nR3,Cy,M2\n",
    )
    assert admission.book is not None
    assert admission.book.reps.select("rep_id", "name").rows() == [
        ("M1", "Mo"),
        ("M2", "M2"),
        ("R1", "Ann"),
        ("R2", "Bob"),
        ("R3", "Cy"),
    ]


def test_periods_end_the_day_before_the_next_starts() -> None:
    admission = admit(
        """
        [[derive]]
        kind = "until-next"
        table = "quotas"
        start = "period_start"
        end = "period_end"
        per = ["territory_id"]
        last_months = 3
        """,
        accounts="account_id,territory_id\nA1,T1\n",
        territories="territory_id\nT1\nT2\n",
        quotas="territory_id,period_start,amount\nT1,2026-04-01,2\nT2,2026-01-01,3\nT1,2026-01-01,1\n",
    )
    assert admission.book is not None
    assert admission.book.quotas.select("territory_id", "period_end").rows() == [
        ("T1", dt.date(2026, 3, 31)),
        ("T1", dt.date(2026, 6, 30)),
        ("T2", dt.date(2026, 3, 31)),
    ]


def test_text_from_other_columns() -> None:
    admission = admit(
        '[[derive]]\nkind = "text"\ncolumn = "territories.name"\ntemplate = "Seat {territory_id} ({layer})"',
        accounts="account_id,territory_id\nA1,T1\n",
        territories="territory_id,layer\nT1,core\nT2,\n",
    )
    assert admission.book is not None
    assert admission.book.territories["name"].to_list() == ["Seat T1 (core)", None]


def test_stages_say_what_is_closed_and_won() -> None:
    admission = admit(
        "[stages]\nNew = { number = 1 }\nLost = { number = 4, closed = true }\n"
        "Won = { number = 4, closed = true, won = true }",
        accounts="account_id,territory_id\nA1,T1\n",
        territories=TERRITORIES,
        opportunities="opportunity_id,account_id,stage,is_won\nO1,A1,New,\nO2,A1,Won,\nO3,A1,Lost,\n"
        "O4,A1,Odd,\nO5,A1,Won,no\n",
    )
    assert admission.book is not None
    assert admission.book.opportunities.select("stage_number", "is_closed", "is_won").rows() == [
        (1, False, False),
        (4, True, True),
        (4, True, False),
        (None, None, None),
        (4, True, False),
    ]
    (unknown,) = [finding for finding in admission.findings if finding.code == "BK322"]
    assert unknown.evidence["value"] == "Odd"


def test_renamed_columns_constants_values_and_scale() -> None:
    admission = admit(
        """
        [tables.accounts]
        from = "customers"
        columns = { account_id = "No", territory_id = "Rep", annual_revenue = "Turnover" }
        constants = { country = "US", anchor = true, created_on = 2026-01-31 }
        values.segment = { "1" = "enterprise" }
        formats.annual_revenue = { scale = 1_000_000, decimal = "," }
        """,
        customers='No,Rep,Turnover,segment\nA1,T1,"1,5",1\nA2,T1,,2\n',
        territories=TERRITORIES,
    )
    assert admission.book is not None
    first, second = admission.book.accounts.select(
        "account_id", "annual_revenue_cents", "segment", "country", "anchor", "created_on"
    ).rows()
    assert first == ("A1", 150_000_000, "enterprise", "US", True, dt.date(2026, 1, 31))
    assert second == ("A2", None, "2", "US", True, dt.date(2026, 1, 31))


def test_several_files_stack_to_one_table() -> None:
    admission = admit(
        '[tables.accounts]\nfrom = ["north", "south.csv"]',
        north="account_id,territory_id,a\nA1,T1,x\n",
        south="account_id,territory_id,b\nA2,T1,y\nA3,T9,z\n",
        territories=TERRITORIES,
    )
    assert admission.book is not None
    assert admission.book.accounts.select("account_id", "a", "b").rows() == [("A1", "x", None), ("A2", None, "y")]
    assert admission.rejects["accounts"].select("file", "row", "account_id").rows() == [("south.csv", 3, "A3")]


def test_a_derivation_that_names_what_is_not_there() -> None:
    admission = admit(
        '[[derive]]\nkind = "rows"\ntable = "reps"\nfrom = "salesteam"\ncolumns = { rep_id = "id" }',
        accounts="account_id,territory_id\nA1,T1\n",
        territories=TERRITORIES,
        sales_team="id\nR1\n",
    )
    (finding,) = [finding for finding in admission.findings if finding.code == "BK522"]
    assert "'sales_team'" in finding.hint


def test_amounts_are_looked_up_in_units_of_the_currency() -> None:
    admission = admit(
        """
        [[derive]]
        kind = "lookup"
        column = "accounts.potential"
        from = "opportunities"
        match = { account_id = "account_id" }
        take = "amount"
        pick = "largest"

        [[derive]]
        kind = "lookup"
        column = "accounts.annual_revenue"
        from = "opportunities"
        match = { account_id = "account_id" }
        take = "amount"
        pick = "smallest"

        [[derive]]
        kind = "text"
        column = "accounts.tier"
        template = "{annual_revenue}"
        """,
        accounts="account_id,territory_id\nA1,T1\n",
        territories=TERRITORIES,
        opportunities="opportunity_id,account_id,amount\nO1,A1,12.5\nO2,A1,7\n",
    )
    assert admission.book is not None
    assert admission.book.accounts.select("potential", "annual_revenue_cents", "tier").row(0) == (12.5, 700, "7.0")
