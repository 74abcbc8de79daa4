"""The gate between releases: what one shape writes, the other must read, or an event shows why not.

Two questions, one function each way. *Backward*: does the new shape name and allow everything that
the released shape ever wrote? A log is replayed from its first record, so this holds against every
release. *Forward*: does a reader of the released shape understand what the new shape writes?
Services are deployed one by one, so this holds too, except that readers ignore unknown fields.
A change that passes both keeps its version; any other is a new version with an upcast.
"""

from contracts.compatibility.gate import Direction, Violation, check
from contracts.compatibility.releases import Breach, Released, breaches

__all__ = ["Breach", "Direction", "Released", "Violation", "breaches", "check"]
