"""What a network makes of sound before its head judges it: an embedding of one's own."""

import keras


def headless(model: keras.Model) -> keras.Model:
    """Return a network without its head.

    Parameters
    ----------
    model : keras.Model
        As of `canopy.models.build.build_model`, with any trunk and any head.

    Returns
    -------
    keras.Model
        From features `(batch, n_frames, n_bins)` to values `(batch, n_positions, n_channels)`, the mean over frequency
        of the trunk's maps by time; or `(batch, n_channels)`, where the head takes the mean over time too. The weights
        are shared.
    """
    heads = {"max_pool": "input", "mean": "output", "steps": "output"}
    name = next(name for name in heads if name in {layer.name for layer in model.layers})
    return keras.Model(model.input, getattr(model.get_layer(name), heads[name]))
