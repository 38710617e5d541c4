"""What is kept of calls: where they are, how they went, and what was decided in them."""
