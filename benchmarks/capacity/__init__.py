"""How many calls a core carries: servers side by side, under the same carriers."""
