"""`make bench`: every benchmark, one after the other."""

from benchmarks import explorer, latency, listening, phrases, recognition, simulation, starting
from benchmarks.capacity import run

for benchmark in (starting, explorer, simulation, latency, phrases, listening, recognition):
    benchmark.main()
# In a short form: all of it takes ten minutes, and wants the machine for itself.
run.main(("--only", "ivr,ivr-fast,asgi,picows", "--calls", "100"))
