"""Which clips a draw takes: each strategy is a module, `registry` names them all.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
