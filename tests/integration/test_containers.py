"""The container files name commands, variables and paths that are there; building them needs a container engine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
compose_files = pytest.importorskip("yaml")


@pytest.fixture
def compose():
    return compose_files.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


@pytest.fixture
def steps():
    """Return the instructions of the Containerfile: word and the rest."""
    text = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line and not line.startswith("#")]


def test_what_is_copied_is_there(steps):
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from" not in rest]
    names = [name for group in copied for name in group]
    assert "src" in names
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_image_holds_what_is_locked(steps):
    made = next(rest for word, rest in steps if word == "RUN" and "uv sync" in rest)
    assert "--locked" in made
    assert "--no-default-groups" in made
    (ours,) = re.findall(r"uv==([\d.]+)", "".join(rest for _, rest in steps))
    assert f"UV_VERSION := {ours}\n" in (ROOT / "Makefile").read_text("utf-8")


def test_the_image_runs_as_nobody_special_and_needs_no_secret(steps):
    words = [word for word, _ in steps]
    assert ("USER", "evenhand") in steps
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not re.search(r"SECRET|PASSWORD", (ROOT / "Containerfile").read_text("utf-8"))


def test_services_name_what_there_is(compose):
    from evenhand.wiring.environment import Environment

    services = compose["services"]
    assert set(services) == {"web", "worker", "db"}
    for name in ("web", "worker"):
        service = services[name]
        said = {variable.removeprefix("EVENHAND_").lower() for variable in service["environment"]}
        assert said <= set(Environment.model_fields)
        assert service["volumes"] == ["data:/data"]
        assert set(service["depends_on"]) <= set(services)
    assert services["worker"]["environment"] == services["web"]["environment"]
    volumes = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert volumes == set(compose["volumes"])


def test_no_password_is_written_down_and_nothing_is_open_to_the_network(compose):
    services = compose["services"]
    for secret in (
        services["db"]["environment"]["POSTGRES_PASSWORD"],
        services["web"]["environment"]["EVENHAND_SECRET_KEY"],
        services["web"]["environment"]["EVENHAND_DATABASE"],
    ):
        assert re.search(r"\$\{EVENHAND_\w+:\?", secret)
    assert "ports" not in services["db"]
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_commands_are_known(compose, steps):
    from typer.main import get_command

    from evenhand.cli.main import app

    known = get_command(app)
    for name in ("web", "worker"):
        first, *options = compose["services"][name]["command"]
        flags = {flag for option in known.commands[first].params for flag in option.opts}
        assert {option for option in options if option.startswith("--")} <= flags
