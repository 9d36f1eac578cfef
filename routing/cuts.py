"""Cutting the land into parts of about equal weight, elsewhere every time."""

import numpy as np

from routing.ground import Rows
from routing.travel import Points


def cut(points: Points, weights: Points, members: Rows, count: int, label: Rows, random: np.random.Generator) -> None:
    """Label `members` with `count` parts of about equal weight, by cuts in random directions."""
    if count <= 1 or len(members) == 0:
        return
    angle = random.random() * np.pi
    along = points[members] @ (np.cos(angle), np.sin(angle))
    ordered = members[np.argsort(along, kind="stable")]
    left = count // 2
    reached = np.cumsum(weights[ordered])
    split = int(np.searchsorted(reached, reached[-1] * left / count, side="right"))
    label[ordered[split:]] += left
    cut(points, weights, ordered[:split], left, label, random)
    cut(points, weights, ordered[split:], count - left, label, random)
