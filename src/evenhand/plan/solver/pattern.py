"""Which rows of the coupling share units: where the curvature of the dual has entries, and in which order they are met.

Two territories are neighbours where a unit may go to either. The curvature has a block of M × M entries for each such
pair, which is a few per territory, and dense rows for the counting rows.

References
----------
.. [1] E. Cuthill, J. McKee (1969), Reducing the bandwidth of sparse symmetric matrices, Proceedings of the 24th
   National Conference of the ACM, doi:10.1145/800195.805928.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evenhand.plan.solver.coupling import Coupling


Curvature = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
"""(B, M, M) blocks of the pairs of neighbours and (R − T·M, R) counting rows: the lower triangle."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """Where the curvature has entries."""

    block_of: NDArray[np.int32]
    """(T, T) the block of each pair of neighbours, the greater territory first; -1 where they share no unit."""
    pairs: NDArray[np.int32]
    """(B, 2) territories of each block."""
    order: NDArray[np.intp]
    """(T,) territories, those that share units close together."""
    n_measures: int
    n_rows: int

    @property
    def n_band_rows(self) -> int:
        """T·M; the counting rows follow."""
        return len(self.order) * self.n_measures

    @property
    def n_blocks(self) -> int:
        """Pairs of neighbours, a territory with itself among them."""
        return len(self.pairs)

    @property
    def n_entries(self) -> int:
        """Numbers in the curvature."""
        return self.n_blocks * self.n_measures**2 + (self.n_rows - self.n_band_rows) * self.n_rows

    def make_curvature(self) -> Curvature:
        """Make an empty one to add to."""
        shape = self.n_blocks, self.n_measures, self.n_measures
        return np.zeros(shape), np.zeros((self.n_rows - self.n_band_rows, self.n_rows))

    @property
    def rows(self) -> NDArray[np.intp]:
        """(R,) the rows in the order of their territories, then the counting rows."""
        bands = (self.order[:, None] * self.n_measures + np.arange(self.n_measures)).ravel()
        return np.concatenate([bands, np.arange(len(bands), self.n_rows)])


def find_pattern(coupling: Coupling) -> Pattern:
    """Find the neighbours, and an order in which they come soon after one another."""
    n_measures = max(1, len(coupling.unit))
    n_territories = coupling.n_band_rows // n_measures
    is_shared = np.zeros((n_territories, n_territories), np.bool_)
    _mark_shared(coupling.candidates, is_shared)
    order = sparse.csgraph.reverse_cuthill_mckee(sparse.csr_matrix(is_shared), symmetric_mode=True)
    np.fill_diagonal(is_shared, val=True)
    pairs = np.tril(is_shared)
    block_of = np.full(is_shared.shape, -1, np.int32)
    block_of[pairs] = np.arange(int(pairs.sum()))
    where = np.argwhere(pairs).astype(np.int32)
    return Pattern(block_of, where, order.astype(np.intp), n_measures, len(coupling.lower))


@njit(cache=True, nogil=True)
def _mark_shared(candidates: NDArray[np.int32], is_shared: NDArray[np.bool_]) -> None:
    n, k = candidates.shape
    for i in range(n):
        for j in range(1, k):
            for other in range(j):
                if candidates[i, j] >= 0 and candidates[i, other] >= 0:
                    is_shared[candidates[i, j], candidates[i, other]] = True
                    is_shared[candidates[i, other], candidates[i, j]] = True
