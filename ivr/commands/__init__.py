"""The commands of the program, a file each: its arguments, and what it does."""
