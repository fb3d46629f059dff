"""Reviewing detections.

`choose` draws them by `strategies`, `offer` leaves out what was offered before, `clips` cuts them out, `table` is what
a person fills in (a `sheet`), and `verdicts` are what the review page tells of: to `server`, or in files that it saves.

`canopy.report.review` makes the page, and `canopy.data.annotations.readers.review` reads the table back. Nothing is
imported here, so that a script depends on the modules it names and on no others.
"""
