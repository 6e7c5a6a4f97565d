"""The rows of the workspace's database as lines of JSON that any database takes back, without secrets in clear."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

_LEFT_OUT = frozenset(
    {
        "sessions.session",  # whoever has the key is signed in
        "account.emailconfirmation",  # keys in clear, of mails that are on their way
        "socialaccount.socialapp",  # secrets in clear; ours come from the environment
        "socialaccount.socialtoken",
        "django_tasks_db.dbtaskresult",  # the queue is made again of the jobs
        "contenttypes.contenttype",  # made by the migrations
        "auth.permission",
        "auth.group",
    }
)
_SEALED = {"mfa.authenticator": ("data",), "socialaccount.socialaccount": ("extra_data",)}
"""Fields that hold secrets or what a provider says of a person, by model: they leave the database encrypted."""

_SEAL = "sealed"


def list_models() -> list[type[Model]]:
    """Return the models whose rows are kept; the database asks for foreign keys at the end of the transaction."""
    return [
        model
        for model in apps.get_models()
        if model._meta.label_lower not in _LEFT_OUT and model._meta.managed and not model._meta.proxy
    ]


def list_migrations() -> dict[str, str]:
    """Return the last applied migration by app, of the apps whose rows are kept: what shape the rows have."""
    wanted = {model._meta.app_label for model in list_models()}
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return {app: name for app, name in applied if app in wanted}


def write_rows() -> Iterator[str]:
    """Give the rows as lines of JSON, as they are at one moment."""
    with transaction.atomic(durable=True):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for model in list_models():
            for row in model._base_manager.order_by("pk").iterator(chunk_size=1000):
                plain = json.loads(serializers.serialize("jsonl", [row]))
                yield json.dumps(_seal(plain), ensure_ascii=False, sort_keys=True) + "\n"


def count_rows() -> int:
    """Count the rows that somebody would miss."""
    return sum(model._base_manager.count() for model in list_models())


def put_rows(lines: Iterable[str], *, with_second_factors: bool) -> None:
    """Put rows in place of those that are there; call it in a transaction.

    Parameters
    ----------
    with_second_factors
        False to leave out what the secret key of the old workspace would be needed for.

    Raises
    ------
    InputError
        Where rows aren't what this version writes, or were sealed under another secret key.
    """
    models = list_models()
    with _WithoutTriggers():
        _empty()
        for n, line in enumerate(lines, start=1):
            plain = json.loads(line)
            if plain["model"] in _SEALED and not with_second_factors:
                continue
            try:
                for found in serializers.deserialize("python", [_unseal(plain)]):
                    found.save(force_insert=True)
            except DeserializationError as error:
                raise InputError({f"rows, line {n}": f"isn't a row of this version: {error}"}) from None
    statements = connection.ops.sequence_reset_sql(no_style(), models)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def check_seals(lines: Iterable[str]) -> bool:
    """Say whether everything that is sealed opens with the secret key of here."""
    from cryptography.fernet import InvalidToken

    for line in lines:
        plain = json.loads(line)
        if plain["model"] in _SEALED:
            try:
                _unseal(plain)
            except InvalidToken:
                return False
    return True


class _WithoutTriggers:
    """Take away the triggers that guard the audit trail on SQLite and put them back, in the caller's transaction.

    On PostgreSQL rows are removed by TRUNCATE, which asks no row trigger.
    """

    def __enter__(self) -> None:
        self._made: list[str] = []
        if connection.vendor != "sqlite":
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
            for name, sql in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
                self._made.append(sql)

    def __exit__(self, *_error: object) -> None:
        with connection.cursor() as cursor:
            for sql in self._made:
                cursor.execute(sql)


def _empty() -> None:
    left = {"contenttypes.contenttype", "auth.permission", "auth.group"}
    models = [
        model
        for model in apps.get_models(include_auto_created=True)  # who is named in a comment is a table of its own
        if model._meta.managed and model._meta.label_lower not in left
    ]
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(connection.ops.quote_name(table) for table in tables)} CASCADE")
            return
        for table in tables:  # foreign keys are asked at the end of the transaction
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of our own tables


def _seal(plain: dict[str, Any]) -> dict[str, Any]:
    for name in _SEALED.get(plain["model"], ()):
        token = _fernet().encrypt(json.dumps(plain["fields"][name]).encode())
        plain["fields"][name] = {_SEAL: token.decode()}
    return plain


def _unseal(plain: dict[str, Any]) -> dict[str, Any]:
    for name in _SEALED.get(plain["model"], ()):
        plain["fields"][name] = json.loads(_fernet().decrypt(plain["fields"][name][_SEAL].encode()))
    return plain


def _fernet() -> Any:
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=None, info=b"evenhand backup").derive(str(settings.SECRET_KEY).encode())
    return Fernet(base64.urlsafe_b64encode(derived))
