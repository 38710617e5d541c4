"""Speech engines behind two ports, and the store of rendered prompts."""
