"""Tables: rows of the results table set out for reading, each number with the published one beside it."""
