"""Fills a store with recorded calls of the last 90 days.

`python -m benchmarks.recorded sqlite:////tmp/ivr.db` for 100,000; after the URL another number may stand. The scenarios
of the example flows, and their beginnings, are made on virtual time and kept as a server keeps calls; all others are
copies of these, at other times and from other callers, and all are counted as a server counts them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tests.recorded import some

CALLS = 100_000


def main(arguments: Sequence[str]) -> None:
    """Fill the store that is named."""
    url, *rest = arguments
    number = int(rest[0]) if rest else CALLS
    began = time.perf_counter()
    some(url, number)
    print(f"{number:,} calls in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
