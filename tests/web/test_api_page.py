"""The reference page of the API says what its description says: every operation, its scope and its example."""

import json
import os
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
START, END = "<!-- operations -->\n", "<!-- end of operations -->\n"


def described() -> dict[str, Any]:
    from evenhand.web.api.router import api

    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return found


def scope_of(verb: str, path: str) -> str:
    """Return the scope that an operation asks for."""
    from evenhand.web.api.router import api

    for prefix, router in api._routers:
        for route, view in router.path_operations.items():
            for operation in view.operations:
                if verb in operation.methods and f"{prefix}/{route}".strip("/").replace("//", "/") == path:
                    # One that says nothing has the scope of the whole API.
                    return str(operation.auth_callbacks[0]._scope) if operation.auth_callbacks else "read"
    raise AssertionError((verb, path))


def lay_out() -> str:
    schema = described()
    lines: list[str] = []
    tags: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, verbs in schema["paths"].items():
        for verb, operation in verbs.items():
            tags.setdefault(operation["tags"][0], []).append((verb.upper(), path.removeprefix("/api/v1"), operation))
    for tag, operations in tags.items():
        lines += [f"### {tag.capitalize()}", "", "| operation | what it does | scope |", "|---|---|---|"]
        for verb, path, operation in operations:
            words = " ".join(operation["description"].split())
            lines.append(f"| `{verb} {path}` | {words} | {scope_of(verb, path.strip('/'))} |")
        lines.append("")
        for verb, path, operation in operations:
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                name = content["schema"]["$ref"].rpartition("/")[2]
                example = json.dumps(schema["components"]["schemas"][name]["example"])
                lines += [f"Body of `{verb} {path}`:", "", "```json", example, "```", ""]
    return "\n".join(lines)


def test_the_page_lists_what_the_description_says() -> None:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    expected = f"{before}{START}\n{lay_out()}{END}{after}"
    if os.environ.get("EVENHAND_UPDATE_GOLDEN"):
        PAGE.write_text(expected, "utf-8")
    assert PAGE.read_text("utf-8") == expected, "run this test with EVENHAND_UPDATE_GOLDEN=1 and look at what changed"
