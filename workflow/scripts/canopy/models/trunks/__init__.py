"""Trunks, which turn a window of features into maps, a module per kind.

Each module holds one `TRUNK` (`kind.Kind`), or several that are alike: its name in the configuration, what it sees, the
size that it needs, and its maps with where they lie. `registry` names them all. The plan reads it, so the modules
import Keras only inside their functions. Nothing is imported here.
"""
