"""Speed and memory, as ratios between variants in one run; nothing here is a test."""
