"""Annotations in the formats of other programs, a module per format.

A reader takes one file (`marks.Source`), the names of the recordings (`names.Names`), what is gathered from
all files (`marks.Gathered`) and options, and adds marks to it. `canopy.data.annotations.folder` finds the files,
tells their formats apart and calls the readers. Nothing is imported here.
"""
