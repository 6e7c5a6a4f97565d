"""A database connected in the workspace: a file on the server only where the server's keeper allows it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path / "data"
    settings.EVENHAND_SOURCES = ()
    (tmp_path / "allowed").mkdir()
    with closing(sqlite3.connect(tmp_path / "allowed" / "firm.db")) as connection, connection:
        connection.execute("CREATE TABLE accounts (account_id TEXT PRIMARY KEY)")
    return tmp_path / "allowed" / "firm.db"


def post(client: Any, file: Path) -> Any:
    form = {"name": "erp", "set_address": f"sqlite:///{file}", "set_tables": "accounts", "every_hours": ""}
    return client.post("/connections/new/sql/", form, follow=True).content.decode()


def test_a_file_on_the_server_is_read_only_inside_the_folders_allowed(
    sign_in: Callable[[str], Any], settings: Any, file: Path, tmp_path: Path
) -> None:
    from evenhand.adapters.store.models import Connection

    client = sign_in("revops")
    assert "EVENHAND_SOURCES allows" in post(client, file).replace("&#x27;", "'")
    (tmp_path / "elsewhere").mkdir()
    settings.EVENHAND_SOURCES = (tmp_path / "elsewhere",)
    (tmp_path / "elsewhere" / "link.db").symlink_to(file)
    post(client, tmp_path / "elsewhere" / "link.db")
    post(client, tmp_path / "elsewhere" / ".." / "allowed" / "firm.db")
    assert not Connection.objects.exists()
    settings.EVENHAND_SOURCES = (file.parent,)
    assert "Waiting for the worker" in post(client, file)
    assert Connection.objects.get().vendor == "sql"
