"""Annotations in the formats of other programs, a module per format.

Each module holds one `READER` (`reader.Reader`): the format's name, how a file of it is recognised, and a function
that takes one file (`marks.Source`), what is gathered from all files (`marks.Gathered`) and options, and adds
marks to it. `registry` names them all; `canopy.data.annotations.folder` finds the files and reads each by its reader.
Nothing is imported here.
"""
