import pytest

from evenhand.app.sample import Firm, make_firm


@pytest.fixture(scope="session")
def firm() -> Firm:
    return make_firm()
