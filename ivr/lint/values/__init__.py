"""Where the values of a flow come from, what they are, and where they go."""
