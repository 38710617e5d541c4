"""All that may become of a call: the explorer, and what is read off the states that it finds."""
