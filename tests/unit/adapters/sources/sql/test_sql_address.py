"""Which driver reads an address, and that nobody sees what signs in."""

import pytest

from evenhand.adapters.sources.sql.address import is_database, read_address
from evenhand.foundation.errors import InputError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://ann:s3cret@crm.example.com:5433/crm", "postgresql://ann@crm.example.com:5433/crm"),
        ("postgres://ann:s3cret@crm.example.com/crm", "postgresql://ann@crm.example.com/crm"),
        ("postgresql://crm.example.com/crm?password=s3cret", "postgresql://crm.example.com/crm"),
        ("sqlite:////srv/private/firm.db", "sqlite:firm.db"),
    ],
)
def test_an_address_is_shown_without_its_secrets(text, shown):
    address = read_address(text)
    assert address.shown.replace("postgres://", "postgresql://") == shown
    assert "s3cret" not in repr(address) + str(address)


def test_a_driver_s_message_loses_the_password_however_it_is_written():
    address = read_address("postgresql://ann:p%40ss%2Fw%20rd@crm.example.com/crm?sslpassword=k3y")
    said = address.clean("no p@ss/w rd, no p%40ss%2Fw%20rd, no p%40ss%2Fw+rd, no k3y")
    assert said == "no ***, no ***, no ***, no ***"


def test_the_given_password_is_used_only_where_the_address_has_none():
    assert read_address("postgresql://ann@h/crm", password="given").url.password == "given"
    assert read_address("postgresql://ann:own@h/crm", password="given").url.password == "own"
    assert "given" not in repr(read_address("postgresql://ann@h/crm", password="given"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("snowflake://ann:s3cret@account/db", "pip install snowflake-sqlalchemy"),
        ("bigquery://project/dataset", "pip install sqlalchemy-bigquery"),
        ("mssql://ann:s3cret@h/db", "pip install pyodbc"),
        ("postgressql://ann:s3cret@h/db", "Did you mean 'postgresql'?"),
        ("postgresql://ann:s3cret@h:port/db", "can't be read"),
    ],
)
def test_what_cannot_be_read_says_what_to_do_and_repeats_no_secret(text, message):
    with pytest.raises(InputError) as raised:
        read_address(text)
    assert message in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://h/db", True),
        ("postgresql+psycopg://h/db", True),
        ("s3://bucket/x", False),
        ("exports/2026", False),
    ],
)
def test_a_database_is_known_by_its_scheme(text, expected):
    assert is_database(text) is expected
