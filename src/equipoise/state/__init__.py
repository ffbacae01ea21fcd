"""State: what the records mean on a given day.

Clinical rules (`gvhd`, `response`, `steroids`, `resistance`, `cgvhd`, `ctcae`, `product_dose`) are elementwise on numpy
columns, of one subject or of a whole trial; they know neither records nor protocol. A value that is not known is NaN,
`MISSING` or `UNKNOWN`, and never reads as "normal".
"""
