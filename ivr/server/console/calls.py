"""The page “calls”."""

from __future__ import annotations

from quart import Blueprint

from ivr.server.console.board import Board


def add(site: Blueprint, board: Board) -> None:
    """Add the page to the console."""
