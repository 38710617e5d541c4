"""From YAML text to a flow, or to findings."""
