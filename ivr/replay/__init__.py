"""Recorded calls again: on the flow that they were on, or on another one."""
