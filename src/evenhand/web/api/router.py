"""The API: its description, and the routers of all its operations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI

from evenhand._version import __version__
from evenhand.web.api.access import TokenAuth
from evenhand.web.api.problems import MEDIA_TYPE, answer_with_problems
from evenhand.web.api.routes import (
    books,
    comments,
    connections,
    cycles,
    diagnoses,
    edits,
    handoffs,
    notices,
    people,
    plans,
    policies,
    pushes,
    reviews,
    sources,
    studies,
)


class Api(NinjaAPI):
    """The API, whose description says that errors are problems."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Describe the API."""
        schema = super().get_openapi_schema(**options)
        for operation in (operation for path in schema["paths"].values() for operation in path.values()):
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST and "application/json" in response.get("content", {}):
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return schema


api = Api(
    title="Evenhand",
    version=__version__,
    description="Everything the workspace does, for programs. Tokens are made on the page Tokens.",
    docs_url=None,
    urls_namespace="api",
    auth=TokenAuth("read"),
)
answer_with_problems(api)
for part in (
    books,
    sources,
    connections,
    diagnoses,
    plans,
    edits,
    studies,
    reviews,
    handoffs,
    pushes,
    policies,
    notices,
    comments,
    people,
    cycles,
):
    api.add_router("", part.router)
