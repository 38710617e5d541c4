"""The console: what the lines are doing, in a browser, and calls from there."""
