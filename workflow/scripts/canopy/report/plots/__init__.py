"""Pictures: one module per kind, each a function from plain tables to a matplotlib figure; `style` is what they share.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
