"""`make bench`: every benchmark, one after the other."""

from benchmarks import latency, listening

for benchmark in (latency, listening):
    benchmark.main()
