"""Detections and scores in the formats of other programs.

`registry` finds a writer by its format's name, `detections` says what it is given, `raven`, `audacity`, `plain` (CSV
and BirdNET's CSV), `kaleidoscope`, `opensoundscape` (clips), `label_studio`, `aoef`, `whombat` and `parquet` write
detections, `rows` writes scores of recordings (RFCX) and of stretches of them (BirdCLEF). Nothing is imported here.
"""
