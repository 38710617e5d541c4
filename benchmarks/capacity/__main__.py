"""How many calls a core carries: `ivr serve` beside the least that could answer, and beside others, in one run."""

from benchmarks.capacity.run import main

main()
