import pytest

from evenhand.foundation.errors import InputError
from evenhand.plan.edits import Edit, exclude, lock, move, move_alone, parse_edit


@pytest.mark.parametrize("edit", [move("A=1", "T07"), move_alone("A:1", "T 7"), lock("A,1"), exclude("A1")])
def test_an_edit_reads_back_as_it_is_written(edit):
    assert parse_edit(str(edit)) == edit


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("shift:A1=T1", "is no edit such as"),
        ("A1=T1", "is no edit such as"),
        ("move:A1", "names no account"),
        ("move:=T1", "names no account"),
        ("move:A1=", "needs a territory"),
        ("lock:", "names no account"),
    ],
)
def test_what_is_wrong_is_said(text, says):
    with pytest.raises(InputError, match=says):
        parse_edit(text)


def test_a_lock_takes_no_territory():
    with pytest.raises(InputError, match="takes no territory"):
        Edit("lock", "A1", "T1")
