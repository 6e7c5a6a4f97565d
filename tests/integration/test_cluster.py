"""The same plan from threads, processes and a Dask cluster, also when a worker is killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from evenhand.plan.solver import Problem, Stop, check, solve
from evenhand.wiring.executors import open_executor

pytest.importorskip("distributed", reason="needs the extra dask")
pytestmark = [pytest.mark.cluster, pytest.mark.timeout(280)]

STOP = Stop(gap=5e-3)


@pytest.fixture(scope="module")
def problem():
    """One connected problem, large enough to be cut into partitions."""
    rng = np.random.default_rng(7)
    n, n_territories = 12_000, 12
    home = rng.choice(n_territories, n, p=rng.dirichlet(np.full(n_territories, 12.0)))
    amounts = np.column_stack([np.ones(n), rng.lognormal(0, 0.8, n)])
    target = np.repeat(amounts.sum(axis=0)[None] / n_territories, n_territories, axis=0)
    return Problem(
        candidates=np.stack([home, (home + 1) % n_territories, (home + 5) % n_territories], axis=1),
        costs=np.column_stack([np.zeros(n), np.round(rng.uniform(0.1, 2, (n, 2)), 3)]),
        grades=rng.choice(3, n, p=[0.6, 0.25, 0.15]),
        amounts=amounts,
        lower=target * 0.9,
        upper=target * 1.1,
        scale=target,
    )


@pytest.fixture(scope="module")
def plan(problem):
    with ThreadPoolExecutor(2) as threads:
        return solve(problem, STOP, executor=threads)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A scheduler and two workers, each a process of its own, on loopback."""

    def __init__(self, folder):
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.folder = folder
        self.processes = []
        self.scheduler = self.start("dask_scheduler", "--host", self.address, "--no-dashboard", "--no-show")
        self.workers = [self.start_worker() for _ in range(2)]

    def start(self, tool, *words):
        code = f"from distributed.cli.{tool} import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"},
        )
        self.processes.append(process)
        return process

    def start_worker(self):
        return self.start(
            "dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"
        )

    def wait(self, n_workers=2):
        from distributed import Client

        with Client(self.address, timeout="60s", set_as_default=False) as client:
            client.wait_for_workers(n_workers, timeout=60)

    def close(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    try:
        made.wait()
        yield made
    finally:
        made.close()


def same(a, b):
    return np.array_equal(a.assignment, b.assignment) and a.levels == b.levels


def test_processes_give_the_same_plan(problem, plan):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert same(solve(problem, STOP, executor=processes), plan)


class Patience:
    """Asked so many times whether to stop, says yes from then on."""

    def __init__(self, n_asked):
        self.n_left, self.gave_up_at = n_asked, None

    def __call__(self):
        self.n_left -= 1
        if self.n_left < 0 and self.gave_up_at is None:
            self.gave_up_at = time.monotonic()
        return self.n_left < 0


def twice(problem):
    """Two parts between which nobody moves."""
    shifted = np.where(problem.candidates >= 0, problem.candidates + problem.n_territories, -1)
    names = ("costs", "grades", "amounts", "lower", "upper", "scale")
    doubled = {name: np.concatenate([getattr(problem, name)] * 2) for name in names}
    return replace(problem, candidates=np.concatenate([problem.candidates, shifted]), ids=None, **doubled)


@pytest.mark.parametrize(("n_parts", "n_asked"), [(1, 30), (2, 3)])
def test_cancelling_in_the_middle_ends_with_a_plan_while_processes_still_work(problem, n_parts, n_asked):
    asked, cancel = problem if n_parts == 1 else twice(problem), Patience(n_asked)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        found = solve(asked, Stop(gap=0.0, cancel=cancel), executor=processes)
        ended = time.monotonic()
    assert cancel.gave_up_at is not None
    assert ended - cancel.gave_up_at < 60
    assert found.status == "interrupted"
    again = check(asked, found.assignment, found.prices)
    assert again.levels == found.levels


def test_a_cluster_gives_the_same_plan(problem, plan, cluster):
    with open_executor(cluster.address) as executor:
        assert same(solve(problem, STOP, executor=executor), plan)


def test_a_worker_killed_in_the_middle_changes_nothing(problem, plan, cluster):
    killed = threading.Event()

    def kill():
        time.sleep(1.0)
        cluster.workers[0].send_signal(signal.SIGKILL)
        killed.set()

    with open_executor(cluster.address) as executor:
        thread = threading.Thread(target=kill)
        thread.start()
        found = solve(problem, STOP, executor=executor)
        thread.join()
    assert killed.is_set()
    assert cluster.workers[0].poll() is not None
    assert same(found, plan)


def test_a_scheduler_that_isnt_there_is_a_source_that_is_down(evenhand_error):
    with pytest.raises(evenhand_error, match="doesn't answer"), open_executor(f"tcp://127.0.0.1:{free_port()}"):
        pass


@pytest.fixture
def evenhand_error():
    from evenhand.foundation.errors import SourceError

    return SourceError
