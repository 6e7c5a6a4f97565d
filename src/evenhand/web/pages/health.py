"""Whether the process lives, and whether it can work: for whatever watches over it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.http import require_safe

from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether the database answers and is up to date, and the data folder can be written."""
    problems = {}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            problems["database"] = "migrations are missing"
    except Error:
        problems["database"] = "doesn't answer"
    if not os.access(open_shelf().root, os.W_OK):
        problems["data"] = "the data folder can't be written"
    return JsonResponse({"status": "failing" if problems else "ok", **problems}, status=503 if problems else 200)
