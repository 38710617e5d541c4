"""A carrier on the desk: calls a server over the real protocol, without a telephone."""
