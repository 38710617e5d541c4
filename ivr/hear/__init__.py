"""The closed loop before the first call: the phrases of a flow, spoken, sent through a line, and heard."""
