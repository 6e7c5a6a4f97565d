"""Where the solver's work runs: this machine's processors, or a Dask cluster."""

from __future__ import annotations

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from evenhand.foundation.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def open_executor(cluster: str | None = None) -> Iterator[Executor]:
    """Open what the solver spreads its work on; the plan is the same on any.

    Parameters
    ----------
    cluster
        Address of a Dask scheduler, for instance ``tcp://host:8786``; None for threads of this machine.

    Raises
    ------
    InputError
        If the extra ``dask`` is not installed.
    SourceError
        If the scheduler doesn't answer.
    """
    if cluster is None:
        with ThreadPoolExecutor(
            max_workers=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        ) as threads:
            yield threads
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError({"--cluster": "needs the extra: pip install 'evenhand[dask]'"}) from None
    connect: Any = Client
    try:
        client = connect(cluster, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise SourceError(
            "Dask", f"{cluster} doesn't answer ({error}); is the scheduler running?", transient=True
        ) from None
    try:
        yield client.get_executor()
    finally:
        client.close()
