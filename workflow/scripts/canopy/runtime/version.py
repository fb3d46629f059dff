"""The version of Canopy: a module of its own, so that a new one makes stale only what writes it down."""

__version__ = "0.1.0"
