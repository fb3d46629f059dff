"""The one error that a user of Canopy is meant to read."""


class CanopyError(Exception):
    """A problem with the user's data, configuration or machine, told in the user's terms.

    The message names the thing (file, row, key), says what was found and what was required,
    and how to fix it. It is printed without a traceback, so it must stand on its own.
    """
