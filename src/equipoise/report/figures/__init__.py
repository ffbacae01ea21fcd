"""Figures as SVG: each module draws one kind from the results table, on the canvas that they share."""
