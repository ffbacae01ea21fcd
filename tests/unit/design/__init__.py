"""The command `equipoise design` and the figure that it writes."""
