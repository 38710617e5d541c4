"""`make bench`: every benchmark, one after the other."""

from benchmarks import latency, listening, recognition

for benchmark in (latency, listening, recognition):
    benchmark.main()
