"""Does the statistics core agree with R?"""
