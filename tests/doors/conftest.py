"""A server whose doors are tried, as the tests of whole calls have it."""

from __future__ import annotations

from tests.endtoend.conftest import crm, log, prompt_cache, serve

__all__ = ["crm", "log", "prompt_cache", "serve"]
