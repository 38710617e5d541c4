"""What is remembered of calls once they are over: where each went, and what many of them come to."""
