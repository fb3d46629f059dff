"""Terms of the loss, a module per term.

Each module holds one `TERM` (`term.Term`): its name in the configuration, and its value over weighed labels.
`registry` names them all. The plan reads it, so the modules import Keras only inside their functions.
Nothing is imported here.
"""
