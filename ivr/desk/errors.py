"""What may go wrong with a call from the desk."""

from __future__ import annotations


class DeskError(Exception):
    """A call that did not go as it should; the text is fit to be shown."""


class Unreachable(DeskError):
    """There is no server to call."""


class Refused(DeskError):
    """The server does not take the call, or not its stream."""


class ProtocolFault(DeskError):
    """The server sent what a carrier would not understand."""


class NotHeard(DeskError):
    """What was waited for did not come."""


class BrokenOff(DeskError):
    """The server ended the call in no orderly way."""


class WrongUse(DeskError):
    """What was asked for, or a line of a script, means nothing."""
