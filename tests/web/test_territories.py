"""Territories as a table, one of them, triggers, and the records behind every number."""

import io
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

pytestmark = pytest.mark.django_db


def table_of(client: Any, book: Any, query: str = "") -> pl.DataFrame:
    answer = client.get(f"/books/{book.pk}/territories/?format=csv&{query}")
    assert answer.status_code == 200
    return pl.read_csv(answer.content, infer_schema_length=None)


def test_the_table_is_filtered_and_sorted_by_its_address_and_so_is_the_file(
    sign_in: Callable[[str], Any], book: Any
) -> None:
    client = sign_in("viewer")
    whole = table_of(client, book)
    assert whole.height == book.summary["n_seats"]
    assert whole["is_seat"].all()
    starved = table_of(client, book, "call=starved")
    assert starved.height == (whole["call"] == "starved").sum() == book.summary["calls"].get("starved", 0)
    over = table_of(client, book, "measure=potential&status=over")
    assert over.height == (whole["potential_status"] == "over").sum()
    down = table_of(client, book, "sort=-potential")["potential"].drop_nulls().to_list()
    assert down == sorted(down, reverse=True)
    one = whole["territory_id"][0]
    assert one in table_of(client, book, f"find={one}")["territory_id"].to_list()
    page = client.get(f"/books/{book.pk}/territories/?sort=-potential&call=starved").content.decode()
    assert 'aria-sort="descending"' in page
    shown = re.findall(r"records/\?of=([^&\"]+):potential", page)
    assert sorted(shown) == sorted(starved.filter(pl.col("potential").is_not_null())["territory_id"].to_list())
    book_file = client.get(f"/books/{book.pk}/territories/?format=xlsx&call=starved")
    assert pl.read_excel(io.BytesIO(book_file.content))["territory_id"].to_list() == starved["territory_id"].to_list()


def test_the_hierarchy_is_gone_down_group_by_group(sign_in: Callable[[str], Any], book: Any) -> None:
    client = sign_in("leader")
    seats = table_of(client, book)
    groups = seats["parent_territory_id"].drop_nulls().unique().to_list()
    if not groups:
        pytest.skip("the made firm has no hierarchy")
    tops = table_of(client, book, "by=level")
    assert not tops["is_seat"].all()
    below = table_of(client, book, f"by=level&under={groups[0]}")
    assert below["parent_territory_id"].unique().to_list() == [groups[0]]
    under = table_of(client, book, f"under={groups[0]}")
    assert set(under["territory_id"]) == set(seats.filter(pl.col("parent_territory_id") == groups[0])["territory_id"])
    page = client.get(f"/books/{book.pk}/territories/?by=level&under={groups[0]}").content.decode()
    assert "Whole firm" in page


def test_every_number_opens_the_records_that_add_up_to_it(sign_in: Callable[[str], Any], book: Any) -> None:
    client = sign_in("viewer")
    row = table_of(client, book, "sort=-accounts").row(0, named=True)
    one, n = row["territory_id"], int(row["accounts"])

    def records(subject: str, query: str = "") -> pl.DataFrame:
        answer = client.get(f"/books/{book.pk}/records/?of={subject}&format=csv&{query}")
        assert answer.status_code == 200, subject
        return pl.read_csv(answer.content, infer_schema_length=None)

    assert records(f"{one}:accounts").height == n
    potential = records(f"{one}:potential")
    assert potential["potential"].sum() == pytest.approx(row["potential"])
    account = potential["record_id"][0]
    page = client.get(f"/books/{book.pk}/records/?of={one}:potential&find={account}").content.decode()
    assert f">{account}</bdi>" in page
    assert "Together" in page
    assert account in client.get(f"/books/{book.pk}/records/?of={account}").content.decode()
    pages = [
        client.get(f"/books/{book.pk}/records/?of={one}:accounts&page={number}").content.decode()
        for number in range(1, -(-n // 50) + 1)
    ]
    ids = [name for text in pages for name in re.findall(r'<th scope="row"><a [^>]*><bdi>([^<]+)</bdi></a>', text)]
    assert len(ids) == len(set(ids)) == n
    for figure in ("verdict", "effects", "adjusted_win_rate", "history", "win_rate", "workload_share", "coverage"):
        assert client.get(f"/books/{book.pk}/records/?of={one}:{figure}").status_code == 200, figure
    for trigger in re.findall(r"of=(\w+)\"", client.get(f"/books/{book.pk}/triggers/").content.decode()):
        assert client.get(f"/books/{book.pk}/records/?of={trigger}").status_code == 200, trigger
    assert "nearest" in client.get(f"/books/{book.pk}/records/?of={one}:potental").content.decode()


def test_a_trace_on_the_page_is_that_of_a_whole_diagnosis(book: Any, people: dict[str, Any]) -> None:
    from evenhand.app.policies import load_policy
    from evenhand.diagnose import diagnose
    from evenhand.diagnose.trace import trace_subject
    from evenhand.web.tracing import trace_figure
    from evenhand.wiring.container import connect_outside
    from evenhand.wiring.shelf import open_shelf

    read = connect_outside().read_book(open_shelf().book(book.content_hash))
    policy = load_policy(connect_outside(), open_shelf().policy)
    fresh = diagnose(read, policy)
    seat = book.summary["seats"][0]
    figures = ("accounts", "potential", "workload_share", "attainment", "verdict", "effects", "adjusted_win_rate")
    subjects = [f"{seat}:{figure}" for figure in (*figures, "history")]
    subjects += [trigger.name for trigger in fresh.triggers] + [str(fresh.accounts["account_id"][0])]
    for subject in subjects:
        shown, expected = trace_figure(people["viewer"], book, subject), trace_subject(subject, fresh, read, policy)
        assert shown.as_dict() == expected.as_dict(), subject


def test_a_team_sees_its_own_records_and_no_others_exist_for_it(
    sign_in: Callable[[str], Any], book: Any, posts: dict[str, str]
) -> None:
    everything = set(table_of(sign_in("viewer"), book)["territory_id"])
    mine = set(table_of(sign_in("manager"), book)["territory_id"])
    own = set(table_of(sign_in("rep"), book)["territory_id"])
    assert own <= mine < everything
    other = min(everything - mine)
    base = f"/books/{book.pk}"
    for name in ("manager", "rep"):
        client = sign_in(name)
        seen = min(mine if name == "manager" else own)
        assert client.get(f"{base}/territory/?id={seen}").status_code == 200
        records = client.get(f"{base}/records/?of={seen}:potential&format=csv")
        account = pl.read_csv(records.content, infer_schema=False)["record_id"][0]
        assert client.get(f"{base}/records/?of={account}").status_code == 200
        theirs = sign_in("viewer").get(f"{base}/records/?of={other}:potential&format=csv")
        foreign = pl.read_csv(theirs.content, infer_schema=False)["record_id"][0]
        for closed in (
            f"territory/?id={other}",
            f"records/?of={other}:potential",
            f"records/?of={other}:potental",
            f"records/?of={foreign}",
            f"records/?of={seen}:effects",
            "records/?of=qualified_spread",
            "records/?of=nothing",
        ):
            assert client.get(f"{base}/{closed}").status_code == 404, closed
    assert "No territory of this book is yours" in sign_in("stranger").get(f"{base}/territories/").content.decode()


def test_a_diagnosis_kept_by_an_earlier_version_is_made_again_or_said_to_be_gone(
    sign_in: Callable[[str], Any], book: Any, tmp_path: Any, settings: Any
) -> None:
    import shutil

    from evenhand.web import tracing
    from evenhand.wiring.shelf import open_shelf

    here = open_shelf()
    there = tmp_path / "data"
    shutil.copytree(here.root, there)
    settings.DATA = there
    tracing._open.cache_clear()
    tracing._trace.cache_clear()
    folder = open_shelf().diagnosis(book.content_hash, book.policy_hash)
    shutil.rmtree(folder / "behind")
    subject = f"{book.summary['seats'][0]}:potential"
    try:
        (there / "policy.toml").write_text("[bands]\npotential = 0.2\n", encoding="utf-8")
        answer = sign_in("viewer").get(f"/books/{book.pk}/records/?of={subject}")
        assert answer.status_code == 409
        assert "Bring the book in again" in answer.content.decode()
        (there / "policy.toml").unlink()
        assert sign_in("viewer").get(f"/books/{book.pk}/records/?of={subject}").status_code == 200
        assert (folder / "behind").is_dir()
    finally:
        tracing._open.cache_clear()
        tracing._trace.cache_clear()
