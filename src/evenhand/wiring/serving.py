"""Starting the workspace: the database up to date, an administrator, gunicorn, and a worker that is started again."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from evenhand.foundation.errors import InputError, SourceError
from evenhand.wiring.environment import PREFIX, read_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

_RESTART_SECONDS = 2.0
_STOP_SECONDS = 10.0
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - asked about, not bound


@dataclass(frozen=True)
class Prepared:
    """What is ready to serve.

    Attributes
    ----------
    first_link
        A link that signs the administrator in once; empty where somebody has been in already.
    """

    data: Path
    database: str
    first_link: str


def set_environment(**values: object) -> None:
    """Set variables of the workspace for this process and those it starts; None leaves one as it is."""
    for name, value in values.items():
        if value is not None:
            os.environ[f"{PREFIX}{name.upper()}"] = str(value)


def find_port(wanted: int) -> int:
    """Return the port, or a free one of this machine where it is 0 or taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SourceError("this machine", "has no free port", transient=True)


def open_store() -> None:
    """Make Django ready, with the settings that the environment says.

    Raises
    ------
    InputError
        Where a variable is wrong, or the extra ``web`` is not installed.
    """
    if find_spec("django") is None:
        raise InputError({"evenhand serve": "needs the extra: pip install 'evenhand[web]'"})
    data = read_environment().data
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError("disk", f"{data} can't be made: {error.strerror}") from None
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.wiring.settings")
    import django

    django.setup()


def prepare(*, with_administrator: bool = True) -> Prepared:
    """Bring the database up to date, collect the static files, and make the first administrator.

    Parameters
    ----------
    with_administrator
        False where somebody else will be the first one in.

    Raises
    ------
    SourceError
        Where the database doesn't answer.
    """
    open_store()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import OperationalError, connection

    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise SourceError("database", str(error).strip().splitlines()[0], transient=True) from None
    call_command("collectstatic", interactive=False, verbosity=0)
    return Prepared(settings.DATA, connection.vendor, make_first_link() if with_administrator else "")


def make_first_link() -> str:
    """Return a link for the first administrator, who is made where there is nobody; empty once someone has been in."""
    from django.conf import settings
    from django.db import transaction

    from evenhand.adapters.store.audit import record
    from evenhand.adapters.store.models import User
    from evenhand.adapters.store.secrets import make_sign_in_link
    from evenhand.app.roles import Role

    if User.objects.filter(last_login__isnull=False).exists():
        return ""
    with transaction.atomic():
        admin = User.objects.filter(role=str(Role.REVOPS)).first()
        if admin is None:
            admin = User.objects.create_user(read_environment().admin_email, role=str(Role.REVOPS))
            record(None, "person.first", admin)
        secret = make_sign_in_link(admin, "/accounts/password/set/")
    return f"{settings.EVENHAND_URL}/sign-in/{secret}/"


def serve(host: str, port: int, *, with_worker: bool, say: Callable[[str], None], on_ready: Callable[[], None]) -> int:
    """Serve until told to stop: gunicorn, and a worker beside it that is started again when it dies.

    Parameters
    ----------
    on_ready
        Called once, when the first request can be answered.

    Returns
    -------
    int
        The exit code of gunicorn.
    """
    n_processes = read_environment().web_processes
    counted = tempfile.mkdtemp(prefix="evenhand-counted-")
    web = subprocess.Popen(  # noqa: S603 - our own arguments
        [
            sys.executable, "-m", "gunicorn", "evenhand.wiring.wsgi:application",
            "--bind", f"{host}:{port}", "--workers", str(n_processes), "--worker-class", "gthread",
            "--threads", "8", "--timeout", "120", "--graceful-timeout", "10", "--max-requests", "10000",
            "--max-requests-jitter", "1000", "--log-level", "warning", "--preload",
        ],
        start_new_session=True,
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": counted},
    )  # fmt: skip
    children: dict[str, subprocess.Popen[bytes]] = {"web": web}
    is_stopping = is_ready = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        while not is_stopping and web.poll() is None:
            worker = children.get("worker")
            if with_worker and (worker is None or worker.poll() is not None):
                if worker is not None:
                    say(f"The worker ended (code {worker.returncode}) and is started again.")
                    time.sleep(_RESTART_SECONDS)
                children["worker"] = _start_worker()
            if not is_ready and _answers(host, port):
                is_ready = True
                on_ready()
            time.sleep(0.2)
    finally:
        for child in children.values():
            _stop(child)
        shutil.rmtree(counted, ignore_errors=True)
    return 0 if is_stopping else int(web.returncode or 0)


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1" if host in _EVERYWHERE else host, port), timeout=1):
            return True
    except OSError:
        return False


def _start_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "evenhand", "worker"],
        start_new_session=True,
    )


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def work(*, until_empty: bool = False) -> None:
    """Do the jobs of the queue, one at a time, until told to stop; put back what dead workers left.

    Parameters
    ----------
    until_empty
        End when there is nothing left to do.
    """
    open_store()
    import threading

    from django.conf import settings
    from django.db import Error, connection
    from django_tasks_db.management.commands.db_worker import Worker

    from evenhand.adapters.store import jobs
    from evenhand.foundation.errors import EvenhandError
    from evenhand.wiring import admitting, cycling, following_up, mailing, planning, posting, syncing_jobs, working  # noqa: F401 - loaded now, not while a job waits for it
    from evenhand.wiring.tasks import enqueue

    stale_seconds = settings.EVENHAND_STALE_SECONDS

    def sweep() -> None:
        while not working.stopping.wait(min(5.0, stale_seconds / 2)):
            try:
                jobs.sweep(enqueue, stale_seconds=stale_seconds)
                mailing.do_rounds()
                posting.send_due()
                following_up.do_rounds()
                cycling.do_rounds()
                syncing_jobs.do_rounds()
            except Error:
                connection.close()
            except EvenhandError as error:
                logging.getLogger("evenhand.worker").warning("%s", error)  # a policy file that can't be read, say

    worker = Worker(
        queue_names=["default"],
        interval=0.5,
        batch=until_empty,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=working.name_worker()[:64],
        excluded_queue_names=[],
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        working.stopping.set()
        worker.running = False
        if not worker.running_task:
            sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    jobs.sweep(enqueue, stale_seconds=stale_seconds)
    threading.Thread(target=sweep, name="sweeper", daemon=True).start()
    while not working.stopping.is_set():
        try:
            worker.run()
        except Error:
            connection.close()
            time.sleep(1)
            continue
        if until_empty:
            break
