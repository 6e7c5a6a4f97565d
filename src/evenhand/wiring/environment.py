"""The environment variables of the workspace, read and checked in one place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from evenhand.foundation.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "EVENHAND_"


class Environment(BaseModel):
    """What the environment says; each field is the variable of that name with the prefix ``EVENHAND_``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(Path("evenhand-data"), description="Folder for books, plans, uploads and the SQLite database.")
    database: str = Field("", description="postgresql://user:password@host/name; empty for SQLite in the data folder.")
    secret_key: str = Field("", description="Signs sessions; empty for one that is made once and kept in the folder.")
    url: str = Field("http://127.0.0.1:8000", description="Where people open the workspace; https for secure cookies.")
    behind_proxy: bool = Field(False, description="Trust X-Forwarded-Proto of the proxy in front.")
    sources: str = Field("", description="Folders on the server that books may be made from, separated like PATH.")
    upload_mb: int = Field(1024, ge=1, description="The largest upload, in MB.")
    admin_email: str = Field("admin@localhost", description="Address of the administrator that the first run makes.")
    mail: str = Field(
        "", description="smtp://user:password@host:587 (smtps for TLS from the start); empty writes files."
    )
    mail_from: str = Field("evenhand@localhost", description="Sender of the workspace's mail.")
    oidc_issuer: str = Field("", description="OpenID Connect: address of the issuer; empty for passwords only.")
    oidc_client_id: str = Field("", description="OpenID Connect: the client's id.")
    oidc_client_secret: str = Field("", description="OpenID Connect: the client's secret.")
    oidc_name: str = Field("Single sign-on", description="OpenID Connect: what the button says.")
    saml_entity_id: str = Field("", description="SAML: the identity provider's entity id; empty for no SAML.")
    saml_metadata_url: str = Field("", description="SAML: where the provider's metadata is; or the two below.")
    saml_sso_url: str = Field("", description="SAML: the provider's page for signing in (HTTP redirect).")
    saml_certificate: Path | None = Field(None, description="SAML: a file with the provider's certificate (PEM).")
    saml_name: str = Field("Single sign-on", description="SAML: what the button says.")
    sign_in_origins: str = Field(
        "", description="Further addresses that signing in may lead to, with commas: https://login.example.com."
    )
    metrics_token: str = Field("", description="Opens /metrics; empty for this machine alone.")
    web_processes: int = Field(2, ge=1, le=64, description="Processes that answer requests.")
    stale_seconds: float = Field(20.0, gt=0, description="A worker silent for so long is taken for dead.")

    @field_validator("database")
    @classmethod
    def _database(cls, text: str) -> str:
        if text and urlsplit(text).scheme not in {"postgresql", "postgres", "sqlite"}:
            message = "must start with postgresql:// or sqlite://"
            raise ValueError(message)
        return text

    @field_validator("url")
    @classmethod
    def _url(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = "must be an address such as https://evenhand.example.com"
            raise ValueError(message)
        return text.rstrip("/")

    @field_validator("oidc_issuer", "saml_metadata_url", "saml_sso_url")
    @classmethod
    def _provider(cls, text: str) -> str:
        if text and (urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname):
            message = "must be an address such as https://login.example.com"
            raise ValueError(message)
        return text

    @model_validator(mode="after")
    def _saml(self) -> Self:
        said = bool(self.saml_metadata_url) or bool(self.saml_sso_url and self.saml_certificate)
        if self.saml_entity_id and not said:
            message = "needs EVENHAND_SAML_METADATA_URL, or EVENHAND_SAML_SSO_URL and EVENHAND_SAML_CERTIFICATE"
            raise PydanticCustomError("saml", message, {"at": "saml_entity_id"})
        return self

    @field_validator("mail")
    @classmethod
    def _mail(cls, text: str) -> str:
        if text and (urlsplit(text).scheme not in {"smtp", "smtps"} or not urlsplit(text).hostname):
            message = "must be smtp://user:password@host:587 or smtps://…"
            raise ValueError(message)
        return text

    @property
    def is_https(self) -> bool:
        """Whether people come in over TLS."""
        return self.url.startswith("https:")

    @property
    def host(self) -> str:
        """The host that people type."""
        return urlsplit(self.url).hostname or "127.0.0.1"

    @property
    def form_origins(self) -> tuple[str, ...]:
        """Where forms may lead besides the workspace itself: the pages of single sign-on."""
        said = [self.oidc_issuer, self.saml_metadata_url, self.saml_sso_url, *self.sign_in_origins.split(",")]
        parts = [urlsplit(address.strip()) for address in said if address.strip()]
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """Folders on the server that books may be made from."""
        return tuple(Path(part).resolve() for part in self.sources.split(os.pathsep) if part.strip())


def read_environment(variables: Mapping[str, str] | None = None) -> Environment:
    """Read the environment.

    Raises
    ------
    InputError
        Naming every variable that is wrong or unknown.
    """
    variables = os.environ if variables is None else variables
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in _OF_OTHERS
    }
    try:
        return Environment.model_validate(given)
    except ValidationError as error:
        problems = {
            PREFIX + str((problem["loc"] or [problem["ctx"]["at"]])[0]).upper(): problem["msg"].removeprefix(
                "Value error, "
            )
            for problem in error.errors()
        }
        raise InputError(problems) from None


def is_set(field: str) -> bool:
    """Say whether the environment says anything of a field."""
    return bool(os.environ.get(f"{PREFIX}{field.upper()}"))


_OF_OTHERS = {"require_all", "source_password", "token", "update_golden", "update_images", "test_database"}
"""Variables of the project's tests and of the command line, which share the prefix."""


def find_secret_key(environment: Environment) -> str:
    """Return the key that signs sessions: the given one, or one that is made once and kept in the data folder."""
    if environment.secret_key:
        return environment.secret_key
    path = environment.data / "secret.key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".secret.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(fresh, path)  # fails where another process was faster; then theirs counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def describe_database(environment: Environment) -> dict[str, Any]:
    """Return the database as Django wants it."""
    parts = urlsplit(environment.database)
    if parts.scheme in {"postgresql", "postgres"}:
        from psycopg.conninfo import conninfo_to_dict

        said = {name: str(value) for name, value in conninfo_to_dict(environment.database).items()}
        known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        return {
            "ENGINE": "django.db.backends.postgresql",
            **{django: said.pop(libpq, "") for libpq, django in known.items()},
            "OPTIONS": said,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    path = Path(parts.path) if parts.path else environment.data / "workspace.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def describe_mail(environment: Environment) -> dict[str, Any]:
    """Return Django's mail settings."""
    if not environment.mail:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(environment.data / "mail"),
        }
    parts = urlsplit(environment.mail)
    is_tls = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if is_tls else 587),
        "EMAIL_HOST_USER": parts.username or "",
        "EMAIL_HOST_PASSWORD": parts.password or "",
        "EMAIL_USE_SSL": is_tls,
        "EMAIL_USE_TLS": not is_tls and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }
