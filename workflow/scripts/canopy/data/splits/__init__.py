"""Splits: `folds` splits recordings into folds, `stratify` balances them.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
