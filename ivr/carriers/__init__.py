"""Wire dialects, one file for each carrier."""
