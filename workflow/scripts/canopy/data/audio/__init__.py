"""Audio files: what is in them, what is wrong with them, their samples, and the fingerprint of these.

`container` looks into files, by `headers` and `chunked` (WAV and its like), `flac`, `ogg` and `mpeg`; `file` gives
their samples, by `part`, `view` and `flac_fast`, and `decoding` at any rate; `probe` and `channels` judge them,
`unreadable` says why there are none; `fingerprint` tells one recording from another and is light enough for a
Snakefile.

Nothing is imported here, so that a script depends on the modules it names and on no others.
"""
