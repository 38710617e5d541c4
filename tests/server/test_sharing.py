"""What workers have in common is there before they are forked, and nothing that a fork would break."""

from __future__ import annotations

import subprocess
import sys

THREADS = """\
import os
import sys
import ivr.server.run

heavy = {"numpy", "soxr", "vosk", "pocketsphinx", "pyttsx3", "ivr.lint"}
print(len(os.listdir("/proc/self/task")), *(heavy & set(sys.modules)))
"""


def test_to_import_what_serves_starts_no_thread_and_takes_nothing_that_may_not_be_needed() -> None:
    told = subprocess.run([sys.executable, "-c", THREADS], check=True, capture_output=True, text=True).stdout
    assert told.split() == ["1"]
