"""From a trained network to scores: of windows, of whole recordings, of long ones piece by piece, and a submission.

`scorer` stitches windows, `chunks` cuts long recordings, `scores` and `framewise` are the formats on disk, `apply`
scores recordings of any length with a package, `submission` writes the table that a competition asks for.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
