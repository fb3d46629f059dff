"""The page in which a person judges clips: `clips` gives each its picture, sound and score curve, `page` writes it all.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
