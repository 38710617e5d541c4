"""A call without a telephone."""
