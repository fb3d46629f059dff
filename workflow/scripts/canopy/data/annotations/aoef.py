"""Names that both the reader and the writers of AOEF use, the JSON of soundevent and Whombat."""

VERSION = "1.1.0"
"""Of the schema, as soundevent 2.10.0 has it."""
SPECIES = "species"
"""The key of a tag that names the species; soundevent takes it for `dwc:scientificName`."""
PROBABILITY = "canopy_probability"
"""The feature of a sound event which a detector drew, and nobody has judged until its task is completed."""
