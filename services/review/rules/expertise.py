"""How well a reviewer knows what an application is about, in whole numbers."""

import math
from collections.abc import Iterable

from services.review.rules.parties import Application, Reviewer


def affinity_scale(applications: Iterable[Application]) -> int:
    """The affinity of a reviewer who knows every item: the least common multiple of item counts.

    Scaled by the data, so that each share is a whole number: two items of four weigh exactly as
    much as one of two, and nothing is rounded away.
    """
    return math.lcm(*(len(set(a.items)) or 1 for a in applications))


def affinity(application: Application, reviewer: Reviewer, scale: int) -> int:
    """The share of the application's content items the reviewer knows, times the scale.

    Source: R36 (an application covers one or several content items). Unit: 1/scale of the items.
    Boundary: no item in common is 0, every item is the scale; an application without items is 0.
    """
    items = set(application.items)
    return len(items.intersection(reviewer.expertise)) * (scale // (len(items) or 1))
