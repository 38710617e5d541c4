"""What is said on standard output once callers are served: where, and how to call without a telephone."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ivr.core.flow import Flow
from ivr.logs import log
from ivr.server.presence import Presence

logger = logging.getLogger(__name__)


def greet(presence: Presence, flows: Mapping[str, Flow], directory: Path) -> None:
    """Say that callers are served, to people and to other servers of this machine."""
    if presence.others():
        message = "another server has this address too: until it is told to end, calls go to either"
        log(logger, logging.WARNING, message, address=presence.address)
    try:
        presence.announce()
    except OSError as error:
        log(logger, logging.ERROR, "an earlier server won't know of this one", why=str(error))
    log(logger, logging.INFO, "ready", flows=sorted(flows), directory=str(directory))
    url = f"http://{presence.address}"
    ids = " or ".join(sorted(id for id, flow in flows.items() if not flow.is_subflow))
    told = (
        f"ready {url}",
        f"in a browser: {url}/console/",
        f"in a second terminal: {_program()} call FLOW --url {url}   (FLOW: {ids})",
    )
    sys.stdout.write("".join(f"{line}\n" for line in told))
    sys.stdout.flush()


def _program() -> str:
    """How this program is called in a terminal."""
    if shutil.which("ivr"):
        return "ivr"
    return f"{sys.executable} -m ivr" if Path(sys.argv[0]).name == "__main__.py" else sys.argv[0]
