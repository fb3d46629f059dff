"""Scores of predictions against labels, with intervals.

Import from the modules: a package that imported them all would make every user of one depend on the code of all.
"""
