"""Random numbers by name: a stream for each thing drawn, so that one more draw here changes nothing there."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Streams:
    """The random streams of one firm.

    Parameters
    ----------
    seed
        The firm's seed.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, name: str) -> np.random.Generator:
        """Return a fresh generator for the thing of that name; asked again, it starts again."""
        return np.random.Generator(np.random.PCG64([self._seed, zlib.crc32(name.encode())]))

    def uniform(self, name: str, n: int) -> NDArray[np.float64]:
        """Return n numbers in [0, 1); the first of them don't depend on n."""
        return self(name).random(n)

    def normal(self, name: str, n: int) -> NDArray[np.float64]:
        """Return n standard normal numbers; the first of them don't depend on n."""
        return self(name).standard_normal(n)
