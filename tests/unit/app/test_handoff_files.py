import pytest

from evenhand.app.handoff import name_file


@pytest.mark.parametrize("hostile", ["../../etc/passwd", "a/b", "a\\b", "..", "C:\\x", "a\x00b", "é" * 400, "x\ny"])
def test_a_file_named_after_a_record_stays_in_its_folder(hostile, tmp_path):
    name = f"{name_file(hostile)}.html"
    path = tmp_path / "briefs" / name
    assert path.resolve().parent == (tmp_path / "briefs").resolve()
    path.parent.mkdir()
    path.write_text("x")
    assert [found.name for found in path.parent.iterdir()] == [name]


def test_different_records_have_different_files():
    ids = ["a/b", "a%2Fb", "a b", "a_b", "x" * 300, "x" * 299 + "y"]
    assert len({name_file(one) for one in ids}) == len(ids)


def test_a_plain_id_is_its_own_name():
    assert name_file("A000123-T07") == "A000123-T07"
