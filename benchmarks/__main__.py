"""`make bench`: every benchmark, one after the other."""

from benchmarks import explorer, latency, listening, phrases, recognition

for benchmark in (explorer, latency, phrases, listening, recognition):
    benchmark.main()
