"""The actions: everything that changes a trial, and the only writers.

An action asks who may, then whether protocol and state allow it now, then appends. The web, the command line and the
simulator call the same actions.
"""
