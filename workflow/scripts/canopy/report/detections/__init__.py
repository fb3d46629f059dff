"""The detections that the report lets people look at and listen to.

`candidates` scores the boxes of the held-out recordings and finds peaks where no box is, `choose` picks the telling
ones of each species, `spectrogram` and `sound` make their pictures and sounds, `clips` puts them together for the page,
`curves` makes precision-recall curves.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
