"""`make bench`: every benchmark, one after the other."""

from benchmarks import latency, listening, phrases, recognition

for benchmark in (latency, phrases, listening, recognition):
    benchmark.main()
