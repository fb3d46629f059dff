"""The waveform, cut into frames so that it is stored, cropped and labelled as spectrograms are.

Conventions: full scale is 1, as decoding gives it. Frame `i` holds the `hop_samples` samples around sample
`i * hop_samples`, so frames lie where those of spectrograms do; before the recording and after it is silence. A
recording's last half hop may lie outside the last frame.

Stored as float16, a sample is rounded to 11 significant bits, at any level: the rounding error lies 75 dB or more below
the sample itself. Below 2**-14 (-84 dB) the step is 2**-24, that of 24-bit audio, and 16-bit audio below -24 dB is
stored without any error. So level is kept, no recording is scaled, and peaks above full scale (up to 65504) are kept.
"""

import numpy as np

from canopy.config.waveform import WaveformFeatures


def frames_of(audio: np.ndarray, settings: WaveformFeatures) -> np.ndarray:
    """Cut a recording into frames.

    Parameters
    ----------
    audio : numpy.ndarray
        Shape `(n_samples,)`, at `settings.sample_rate_hz`.
    settings : WaveformFeatures
        The hop.

    Returns
    -------
    numpy.ndarray
        Shape `(1 + n_samples // hop_samples, hop_samples)`.
    """
    hop = settings.hop_samples
    framed = np.zeros((1 + len(audio) // hop, hop), audio.dtype)
    room = framed.reshape(-1)[hop // 2 :]
    n_samples = min(len(audio), len(room))
    room[:n_samples] = audio[:n_samples]
    return framed


def samples_of(frames: np.ndarray) -> np.ndarray:
    """Return the samples of a recording whose frames `frames_of` made, shape `(n_samples,)`, float32."""
    return np.asarray(frames, np.float32).reshape(-1)[frames.shape[1] // 2 :]
