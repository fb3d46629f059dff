"""What scores are worth: metrics with intervals, calibration, ensembles, and whether a teacher helped its student.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
