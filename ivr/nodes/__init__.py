"""The kinds of nodes, one file each, in one visible tuple."""

from __future__ import annotations

from ivr.core.node import Node
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.nodes.hangup import Hangup
from ivr.nodes.http import Http
from ivr.nodes.menu import Menu
from ivr.nodes.play import Play
from ivr.nodes.record import Record
from ivr.nodes.return_ import Return
from ivr.nodes.set import Set
from ivr.nodes.subflow import Subflow
from ivr.nodes.transfer import Transfer

KINDS: tuple[type[Node], ...] = (
    Play,
    Menu,
    Collect,
    Branch,
    Set,
    Http,
    Record,
    Subflow,
    Return,
    Transfer,
    Hangup,
)
