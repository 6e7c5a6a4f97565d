"""Connections on disk: secrets encrypted, files for their owner alone, names that can't leave the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evenhand.adapters.sources.connections import Connection, Connections
from evenhand.adapters.sources.sealing import Seal
from evenhand.foundation.errors import InputError, Refusal
from evenhand.foundation.secret import Secret
from evenhand.wiring.connecting import fill_in, find_missing, open_connections

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Secret("hush-hush-4711")
SAID = {"address": "https://acme.my.salesforce.com", "client_id": "3MVG9"}


def seal(*keys: str) -> Seal:
    return Seal([Secret(key) for key in keys or ("a key of the workspace",)])


@pytest.fixture
def connections(tmp_path: Path) -> Connections:
    return Connections(tmp_path / "connections", seal)


def save(connections: Connections) -> None:
    connections.save(Connection("crm", "salesforce", SAID, {"client_secret": SECRET}, {"Account": ("X__c",)}, 6.0))


def test_what_is_saved_is_loaded_and_the_secret_is_nowhere_on_disk(connections: Connections) -> None:
    save(connections)
    loaded = connections.load("crm")
    assert loaded == Connection("crm", "salesforce", SAID, {"client_secret": SECRET}, {"Account": ("X__c",)}, 6.0)
    for path in connections.home.rglob("*"):
        if path.is_file():
            assert SECRET.reveal().encode() not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0
    assert (connections.home / "crm").stat().st_mode & 0o077 == 0
    assert not connections.look_up("crm").secrets["client_secret"]
    assert SECRET.reveal() not in repr(loaded)


def test_another_key_is_said_and_an_older_one_still_decrypts(connections: Connections) -> None:
    save(connections)
    other = Connections(connections.home, lambda: seal("another key"))
    with pytest.raises(Refusal, match="CN143"):
        other.load("crm")
    rotated = Connections(connections.home, lambda: seal("a new key", "a key of the workspace"))
    rotated.save(rotated.load("crm"))
    assert Connections(connections.home, lambda: seal("a new key")).load("crm").secrets == {"client_secret": SECRET}


def test_a_secret_that_was_changed_on_disk_is_not_used(connections: Connections) -> None:
    save(connections)
    path = connections.home / "crm" / "connection.toml"
    path.write_text(path.read_text().replace('client_secret = "gA', 'client_secret = "gB'))
    with pytest.raises(Refusal, match="CN143"):
        connections.load("crm")


@pytest.mark.parametrize("name", ["../crm", "a/b", "", "Crm", "test", "list", ".crm", "x" * 61])
def test_names_that_cannot_be(connections: Connections, name: str) -> None:
    with pytest.raises(InputError):
        connections.save(Connection(name, "salesforce", SAID))
    with pytest.raises(InputError):
        connections.load(name)


def test_another_vendor_under_the_same_name_is_refused(connections: Connections) -> None:
    save(connections)
    with pytest.raises(Refusal, match="CN144"):
        connections.save(Connection("crm", "hubspot"))


def test_removing_leaves_nothing(connections: Connections) -> None:
    save(connections)
    connections.remove("crm")
    assert connections.names() == []
    assert not (connections.home / "crm").exists()
    with pytest.raises(InputError, match="no connection 'crm'"):
        connections.folder("crm")


def test_what_is_filled_in_is_put_together_with_what_is_kept(connections: Connections) -> None:
    first = fill_in(connections, "crm", "salesforce", SAID, {})
    assert find_missing(first) == ["client_secret"]
    connections.save(fill_in(connections, "crm", "salesforce", SAID, {"client_secret": SECRET}, every_hours=6))
    changed = fill_in(connections, "crm", None, {"client_id": "other"}, {})
    assert changed.settings["client_id"] == "other"
    assert changed.settings["address"] == SAID["address"]
    assert changed.secrets == {"client_secret": SECRET}
    assert changed.every_hours == 6
    assert not find_missing(changed)
    assert fill_in(connections, "crm", None, {}, {}, every_hours=0).every_hours is None


def test_another_flow_asks_for_its_own_and_drops_the_others(connections: Connections) -> None:
    connections.save(fill_in(connections, "crm", "salesforce", SAID, {"client_secret": SECRET}))
    changed = fill_in(connections, "crm", None, {"flow": "jwt"}, {})
    assert find_missing(changed) == ["username", "private_key"]
    assert not changed.secrets


def test_all_that_is_wrong_is_named_at_once(connections: Connections) -> None:
    with pytest.raises(InputError) as raised:
        fill_in(
            connections, "crm", "salesforce", {"adress": "x", "client_secret": "y", "flow": "password"}, {"z": SECRET}
        )
    assert set(raised.value.problems) == {"adress", "client_secret", "flow", "z"}
    assert "'address'" in raised.value.problems["adress"]
    with pytest.raises(InputError, match="vendor"):
        fill_in(connections, "crm", None, {}, {})
    with pytest.raises(InputError, match="no vendor 'salesfroce'"):
        fill_in(connections, "crm", "salesfroce", {}, {})


def test_the_key_is_made_once_and_kept_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENHAND_SECRET_KEY", raising=False)
    save(open_connections(tmp_path))
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    assert open_connections(tmp_path).load("crm").secrets == {"client_secret": SECRET}
    (tmp_path / "secret.key").rename(tmp_path / "secret.key.old")
    assert open_connections(tmp_path).load("crm").secrets == {"client_secret": SECRET}
    monkeypatch.setenv("EVENHAND_SECRET_KEY", "x" * 60)
    save(open_connections(tmp_path))
    (tmp_path / "secret.key.old").unlink()
    assert open_connections(tmp_path).load("crm").secrets == {"client_secret": SECRET}
