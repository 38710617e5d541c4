"""Where effects become input and output."""
