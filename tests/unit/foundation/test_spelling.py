"""The known name nearest to a misspelt one."""

from evenhand.foundation.spelling import find_nearest, say_nearest


def test_capitals_spaces_and_hyphens_make_no_difference():
    assert find_nearest("Account ID", ["account_id", "account_name"]) == "account_id"
    assert find_nearest("zzz", ["account_id"]) is None
    assert find_nearest("acount", ["account"], cutoff=0.99) is None


def test_the_nearest_is_said_or_all_are():
    assert say_nearest("rep-lft", ["layoff", "rep-left"]) == " Did you mean 'rep-left'?"
    assert say_nearest("zzz", ["layoff", "merge"]) == " There are: layoff, merge."
    assert say_nearest("zzz", []) == ""
