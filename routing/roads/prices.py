"""Time and length of a way as one whole number, so that the fastest way can be found and measured at once.

A price is hundredths of a second × 2²⁷ + decimetres. Prices add up like numbers and compare by time first; of ways that
take the same time, the shortest wins. 13,000 km and 93 hours fit, in 64 bits as in the 53 bits of a float.
"""

import numpy as np
import numpy.typing as npt

from routing.travel import Matrix

Prices = npt.NDArray[np.int64]
SHIFT = 27
MASK = (1 << SHIFT) - 1
# No way at all. Three of them still add up within 64 bits.
FAR = 1 << 60


def price(seconds: npt.NDArray[np.float64], metres: npt.NDArray[np.float64]) -> Prices:
    """What so many seconds and metres cost."""
    return (np.rint(seconds * 100).astype(np.int64) << SHIFT) + np.rint(metres * 10).astype(np.int64)


def part(prices: Prices, share: npt.NDArray[np.float64]) -> Prices:
    """That share (0 to 1) of each price; FAR stays as it is."""
    split = (np.rint((prices >> SHIFT) * share).astype(np.int64) << SHIFT) + np.rint((prices & MASK) * share).astype(
        np.int64
    )
    return np.where(prices < FAR, split, FAR)


def told(prices: Prices) -> tuple[Matrix, Matrix]:
    """Whole seconds and metres of each price; the seconds take the place of the prices."""
    metres = prices & MASK
    metres += 5
    metres //= 10
    prices >>= SHIFT
    prices += 50
    prices //= 100
    return prices, metres
