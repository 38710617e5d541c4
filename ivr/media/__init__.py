"""Audio, without input or output."""
