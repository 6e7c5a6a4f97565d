"""``import evenhand as eh`` offers the functions of the interface, whatever was imported before."""

import subprocess
import sys

import pytest

ORDERS = {
    "the package alone": "import evenhand as eh",
    "a room first": "from evenhand.plan.solver import solve\nimport evenhand.diagnose.diagnosis\nimport evenhand as eh",
    "a room after": "import evenhand as eh\neh.NewHire\nimport evenhand.plan.make as make\nassert make.make_plan",
}

USE = """
import inspect
for name in ("admit", "check", "diagnose", "plan", "read_book", "read_policy", "write_book", "write_plan"):
    assert callable(getattr(eh, name)), name
try:
    eh.plan()
except TypeError as error:
    assert "book" in str(error), error
try:
    eh.diagnose()
except TypeError as error:
    assert "book" in str(error), error
assert eh.NewHire("T99", capacity_share=0.5).capacity_share == 0.5
assert set(eh.__all__) <= set(dir(eh))
for name in eh.__all__:
    getattr(eh, name)
try:
    eh.nothing
except AttributeError as error:
    assert "nothing" in str(error)
else:
    raise AssertionError
"""


@pytest.mark.parametrize("order", ORDERS)
def test_the_front_door(order):
    ran = subprocess.run([sys.executable, "-c", ORDERS[order] + USE], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_help_loads_no_heavy_library():
    code = (
        "import sys, evenhand.cli.main; print([m for m in ('polars', 'numpy', 'scipy', 'highspy') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
