"""How networks leave for other programs."""

from typing import Annotated, Literal

from pydantic import Field

from canopy.config.base import Section

ExportFormat = Literal["tflite", "onnx"]


class Export(Section):
    """What `snakemake export` writes of each network."""

    formats: Annotated[tuple[ExportFormat, ...], Field(min_length=1)] = ("tflite",)
    """tflite: a file for LiteRT, which is also called TensorFlow Lite; onnx: one for ONNX Runtime (`make
    install-onnx`)."""
