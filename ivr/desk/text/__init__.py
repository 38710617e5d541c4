"""A call in the terminal without audio and without a server."""
