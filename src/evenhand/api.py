"""The library's front door: the same steps as the command line, on objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.app.admit import admit_source
from evenhand.app.check import check_plan
from evenhand.app.policies import load_policy, read_stored_policy
from evenhand.diagnose.diagnosis import diagnose as diagnose_book
from evenhand.plan.edits.draft import Draft, open_draft
from evenhand.plan.frontier import Frontier, trace_frontier
from evenhand.plan.make import make_plan
from evenhand.plan.plan import Plan
from evenhand.plan.record import write_record
from evenhand.plan.scenarios import Comparison, Scenario, Side, SolvedScenario, solve_scenarios
from evenhand.plan.scenarios import compare as compare_sides
from evenhand.plan.verify import Verification, verify_plan
from evenhand.policy import Policy, render_policy
from evenhand.wiring.container import connect_outside

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from evenhand.book.book import Book
    from evenhand.diagnose.diagnosis import Diagnosis
    from evenhand.foundation.findings import Finding
    from evenhand.plan.edits import Edit
    from evenhand.plan.events import Event
    from evenhand.plan.solver import Progress, Stop


def admit(
    source: str | Path,
    *,
    mapping: str | Path | None = None,
    as_of: dt.date | None = None,
    currency: str | None = None,
    rejects: str | Path | None = None,
) -> tuple[Book | None, tuple[Finding, ...]]:
    """Read an export and make a book of what holds.

    Parameters
    ----------
    source
        Folder of CSV, Parquet or Excel files, a file, or a database's address such as ``sqlite:///firm.db``.
    mapping
        Mapping file (TOML): which column is what.
    as_of
        Date of the book; None for the latest in the data.
    currency
        ISO code of all amounts.
    rejects
        File for rejected rows.

    Returns
    -------
    tuple[Book | None, tuple[Finding, ...]]
        The book, or None where none could be made, and every finding.
    """
    admission = admit_source(
        connect_outside(),
        source if isinstance(source, str) and "://" in source else Path(source),
        to=None,
        mapping=None if mapping is None else Path(mapping),
        as_of=as_of,
        currency=currency,
        rejects=None if rejects is None else Path(rejects),
    )
    return admission.book, admission.findings


def read_book(folder: str | Path) -> Book:
    """Read a book folder."""
    return connect_outside().read_book(Path(folder))


def write_book(book: Book, folder: str | Path) -> None:
    """Write a book folder; Refusal where another book is there."""
    connect_outside().write_book(book, Path(folder), sources=(), findings=())


def read_policy(file: str | Path, scenario: str | None = None) -> Policy:
    """Read a policy file, with a scenario's overlay in force where one is named."""
    return load_policy(connect_outside(), Path(file), scenario)


def diagnose(book: Book, policy: Policy | None = None, *, earlier: Sequence[Book] = ()) -> Diagnosis:
    """Measure every territory against its target range, judge it, and check the triggers.

    Parameters
    ----------
    earlier
        Books of the same firm on earlier dates: ``diagnosis.past`` then says what drifted since, when and why.
    """
    return diagnose_book(book, policy or Policy(), earlier)


def plan(
    book: Book,
    policy: Policy | None = None,
    *,
    events: Sequence[Event] = (),
    edits: Sequence[Edit] = (),
    seed: int | None = None,
    stop: Stop | None = None,
    executor: Executor | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Find the fewest, gentlest account moves that bring every territory into its band, with proof.

    See `evenhand.plan.make.make_plan`.
    """
    return make_plan(
        book,
        policy or Policy(),
        events=events,
        edits=edits,
        seed=seed,
        stop=stop,
        executor=executor,
        on_progress=on_progress,
    )


def write_plan(
    made: Plan, book: Book, folder: str | Path, policy: Policy | None = None, *, replace: bool = False
) -> None:
    """Write a plan folder with its report."""
    outside, policy = connect_outside(), policy or Policy()
    report = outside.render_plan_report(made, book, diagnose_book(book, policy))
    outside.write_plan(Path(folder), write_record(made, render_policy(policy)), report, replace=replace)


def check(made: Plan | str | Path, book: Book, policy: Policy | None = None) -> Verification:
    """Work everything in a plan out again, without the solver, and say what doesn't hold.

    Parameters
    ----------
    made
        A plan, or the folder of one.
    policy
        What a plan (not a folder, which has it) was made under.
    """
    if isinstance(made, Plan):
        return verify_plan(write_record(made, render_policy(policy or Policy())), book)
    return check_plan(connect_outside(), Path(made), book)


def frontier(book: Book, policy: Policy | None = None, **options: Any) -> Frontier:
    """Plan at every tolerance of the policy, and say which one to take; see `evenhand.plan.frontier.trace_frontier`."""
    return trace_frontier(book, policy or Policy(), **options)


def scenarios(
    book: Book, policy: Policy | None = None, wanted: Sequence[Scenario] = (), **options: Any
) -> tuple[SolvedScenario, ...]:
    """Plan the policy as agreed and every scenario; see `evenhand.plan.scenarios.solve_scenarios`."""
    return solve_scenarios(book, policy or Policy(), wanted, **options)


def compare(plans: Mapping[str, Plan]) -> Comparison:
    """Put plans of one book side by side, each under its name."""
    return compare_sides([Side.of_plan(name, one) for name, one in plans.items()])


def edit(made: Plan | str | Path, book: Book, policy: Policy | None = None) -> Draft:
    """Open a plan, or the folder of one, for edits by hand; see `evenhand.plan.edits.draft.Draft`.

    Parameters
    ----------
    policy
        What a plan (not a folder, which has it) was made under.
    """
    if isinstance(made, Plan):
        return open_draft(made, book, policy or Policy())
    record, _ = connect_outside().read_plan(Path(made))
    return open_draft(record, book, read_stored_policy(record))
