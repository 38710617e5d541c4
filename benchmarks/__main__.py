"""`make bench`: every benchmark, one after the other."""

from benchmarks import latency

for benchmark in (latency,):
    benchmark.main()
