"""What prompts and phrases say to callers: keys, choices, languages."""
