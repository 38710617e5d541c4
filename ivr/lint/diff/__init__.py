"""What two versions of flows differ in, in the terms of those who call."""
