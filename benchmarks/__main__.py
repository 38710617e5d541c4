"""`make bench`: every benchmark, one after the other."""

from benchmarks import explorer, latency, listening, phrases, recognition, simulation, starting

for benchmark in (starting, explorer, simulation, latency, phrases, listening, recognition):
    benchmark.main()
