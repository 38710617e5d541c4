"""Mistakes in a flow."""
