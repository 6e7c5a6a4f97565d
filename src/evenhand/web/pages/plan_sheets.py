"""A plan in a spreadsheet and back: its workbook, owners changed in it, what that costs, and the plan it makes."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evenhand._version import __version__
from evenhand.adapters.files.books import read_book
from evenhand.adapters.files.plan_workbooks import read_override_sheet, write_plan_workbook
from evenhand.adapters.store.doors import access_whole_plan_run
from evenhand.app.overrides import check_agreement, find_overrides
from evenhand.app.roles import May
from evenhand.foundation.errors import InputError, Refusal
from evenhand.plan.edits import move, parse_edit
from evenhand.web.asking_edits import ask_edits
from evenhand.web.drafts import weigh_edits
from evenhand.web.meanwhile import ChangedMeanwhileError
from evenhand.web.reading import find_plan
from evenhand.web.tables import WORKBOOK, attach
from evenhand.wiring.container import connect_outside
from evenhand.wiring.shelf import open_shelf

if TYPE_CHECKING:
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from evenhand.adapters.store.models import PlanRun
    from evenhand.web.drafts import Weighed
    from evenhand.web.request import Request

_MOST_NAMED = 500
_CHUNK = 1 << 20
_MOST_SHEET_BYTES = 64 << 20


@require_safe
def plan_workbook(request: Request, pk: UUID) -> HttpResponse:
    """Download a plan as a workbook in which owners can be changed."""
    return pack_workbook(_open(request, pk, May.READ_PLANS))


def pack_workbook(run: PlanRun) -> HttpResponse:
    """Serve a plan as a workbook in which owners can be changed."""
    kept = open_shelf().root / "workbooks" / f"{run.folder}-{__version__}.xlsx"
    if not kept.is_file():
        record, _ = connect_outside().read_plan(open_shelf().plan(run.folder))
        kept.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as fresh:
            fresh.write(write_plan_workbook(record))
        Path(fresh.name).replace(kept)
    return attach(kept.read_bytes(), f"{run.title}.xlsx", WORKBOOK)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_sheet(request: Request, pk: UUID) -> HttpResponse:
    """Take a sheet with changed owners, show what they cost (POST with a file), and make them (POST with the moves)."""
    run = _open(request, pk, May.MAKE_PLANS)
    status, problems, is_late = 200, {}, False
    edits: list[str] = []
    weighed: Weighed | None = None
    if request.method == "POST":
        said = request.POST
        try:
            if "moves" in said:
                edits = [str(parse_edit(f"move:{line}")) for line in said["moves"].splitlines() if line]
                weighed = _weigh(run, edits)
                return redirect("plan", pk=_make(request, run, edits).pk)
            edits, weighed = read_sheet(run, request.FILES.get("sheet"))
        except InputError as error:
            status, problems = 422, error.problems
        except Refusal as error:
            status, problems = 422, {error.code: f"{error.message} {error.hint}"}
        except ChangedMeanwhileError:
            status, is_late = 409, True
            run.refresh_from_db()
    return render(
        request,
        "web/plan_sheet.html",
        {
            "run": run,
            "problems": problems,
            "is_late": is_late,
            "n_overrides": len(edits),
            "moves": "\n".join(edit.removeprefix("move:") for edit in edits),
            "weighed": weighed,
            "accounts": [] if weighed is None else weighed.consequence.accounts.head(_MOST_NAMED).to_dicts(),
            "has_history": bool(find_plan(run).summary.get("steps")),
        },
        status=status,
    )


def _open(request: Request, pk: UUID, needs: May) -> PlanRun:
    run = access_whole_plan_run(request.user, pk, needs)
    if not run.has_plan:
        raise Http404
    return run


def read_sheet(run: PlanRun, file: UploadedFile[Any] | None) -> tuple[list[str], Weighed]:
    """Read a sheet with changed owners and weigh what it says.

    Raises
    ------
    InputError
        Naming every row that can't be taken.
    """
    if file is None:
        raise InputError({"sheet": "Choose the workbook, or a CSV file with account_id and territory_id."})
    if (file.size or 0) > min(_MOST_SHEET_BYTES, settings.EVENHAND_UPLOAD_BYTES):
        raise InputError({"sheet": f"Too large: {_MOST_SHEET_BYTES >> 20} MB is the most."})
    with tempfile.TemporaryDirectory(prefix="evenhand-sheet-") as folder:
        path = Path(folder, PurePosixPath(str(file.name).replace("\\", "/")).name or "sheet")
        with path.open("xb") as target:
            for chunk in file.chunks(_CHUNK):
                target.write(chunk)
        sheet = read_override_sheet(path)
    book = read_book(open_shelf().book(run.book.content_hash), verify=False)
    places = dict(find_plan(run).assignment.select("account_id", "territory_id").iter_rows())
    active, seats = set(book.active_accounts["account_id"]), set(book.seats["territory_id"])
    overrides = find_overrides(sheet, places, active, seats)
    edits = [str(move(override.account_id, override.to)) for override in overrides]
    weighed = _weigh(run, edits)
    check_agreement(sheet.table.where, overrides, weighed.consequence)
    return edits, weighed


def _weigh(run: PlanRun, edits: list[str]) -> Weighed:
    if not edits:
        raise InputError({"sheet": "No account is moved."})
    return weigh_edits(run, edits)


def _make(request: Request, run: PlanRun, edits: list[str]) -> PlanRun:
    version, do = request.POST.get("version", ""), request.POST.get("do", "")
    return ask_edits(
        request.user,
        run,
        version=int(version) if version.isdecimal() and len(version) < 10 else 0,
        edits=edits,
        mend=do == "mend",
        repair=do == "repair",
        title=request.POST.get("title", ""),
    )
