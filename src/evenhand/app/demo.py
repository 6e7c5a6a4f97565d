"""The whole story on a made firm: export, book, diagnosis, plan, check, handoff."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evenhand.app.admit import admit_source
from evenhand.app.check import check_plan
from evenhand.app.handoff import hand_over
from evenhand.app.plan import plan_book
from evenhand.app.sample import make_firm
from evenhand.diagnose.diagnosis import diagnose
from evenhand.foundation.errors import Refusal
from evenhand.policy import Policy, render_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from evenhand.app.handoff import Prepared
    from evenhand.app.ports import Outside
    from evenhand.book.admit import Admission
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.plan.plan import Plan
    from evenhand.plan.solver import Progress
    from evenhand.plan.verify import Verification

MARKER = "demo.txt"


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    admission: Admission
    diagnosis: Diagnosis
    plan: Plan
    verification: Verification
    prepared: Prepared
    seconds: float


def run_demo(
    outside: Outside,
    to: Path,
    *,
    n_accounts: int = 5000,
    n_territories: int = 40,
    seed: int = 0,
    executor: Executor | None = None,
    on_step: Callable[[str], None],
    on_progress: Callable[[Progress], None] | None = None,
) -> Demo:
    """Make a firm, admit it, diagnose it, plan, check the plan from its files, and prepare its handoff.

    Parameters
    ----------
    to
        Folder for everything; an older demo there is replaced.
    on_step
        Told what comes next.

    Raises
    ------
    Refusal
        If the folder holds something that no demo wrote.
    """
    started = time.perf_counter()
    if to.exists() and any(to.iterdir()) and not (to / MARKER).exists():
        raise Refusal("AP101", f"{to} holds something that no demo wrote.", "Choose another folder with --to.")
    outside.clear_folder(to)
    outside.write_text(to / MARKER, "Made by `evenhand demo`; the next demo replaces it.\n")
    policy = Policy()
    outside.write_text(to / "policy.toml", render_policy(policy))
    on_step(f"making a firm of {n_accounts:,} accounts and {n_territories:,} territories")
    outside.write_firm(make_firm(n_accounts=n_accounts, n_territories=n_territories, seed=seed), to / "export", None)
    on_step("admitting its export")
    admission = admit_source(outside, to / "export", to=to / "book", rejects=to / "rejected.csv")
    if admission.book is None:
        message = "the made firm's book was rejected"
        raise RuntimeError(message)
    on_step("diagnosing")
    diagnosis = diagnose(admission.book, policy)
    outside.write_text(to / "diagnosis.html", outside.render_diagnosis_report(diagnosis, admission.book))
    on_step("planning")
    plan = plan_book(
        outside,
        to / "book",
        to=to / "plan",
        policy=to / "policy.toml",
        seed=seed,
        executor=executor,
        on_progress=on_progress,
    )
    on_step("checking the plan from its files alone")
    verification = check_plan(outside, to / "plan", outside.read_book(to / "book"))
    on_step("writing letters, briefs and the ledger of deals")
    prepared = hand_over(outside, to / "plan", to / "book", to=to / "handoff")
    return Demo(admission, diagnosis, plan, verification, prepared, time.perf_counter() - started)
