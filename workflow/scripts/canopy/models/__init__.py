"""Networks: a trunk that turns features into maps, and a head that turns maps into logits."""

from canopy.models.build import build_model, load_model, save_model

__all__ = ["build_model", "load_model", "save_model"]
