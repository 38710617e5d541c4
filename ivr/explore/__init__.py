"""Scenarios for all that may become of a call, found by `step` itself."""
