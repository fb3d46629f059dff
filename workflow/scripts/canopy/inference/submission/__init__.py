"""Submissions: `sample` reads what is wanted, `make` turns scores into it.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
