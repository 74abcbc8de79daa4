"""Builds that are broken on purpose: each swaps one function, and each must be caught by the checker."""

from tests.faults.broken.build import Build
from tests.faults.broken.edges import EDGES
from tests.faults.broken.reading import READING
from tests.faults.broken.relaying import RELAYING
from tests.faults.broken.writing import WRITING

BUILDS: dict[str, Build] = {build.name: build for build in (*WRITING, *RELAYING, *READING, *EDGES)}
