"""What an exported network hears in a recording, on a device without Canopy.

    python field_device.py fold0.onnx fold0.onnx.json recording.wav

It needs numpy and soundfile, and onnxruntime for a `.onnx` file or ai-edge-litert for a `.tflite` file.
"""

import json
import sys

import numpy as np
import soundfile


def log_mel(samples, told):
    """Return levels in dB of frames centred on every hop, shape (1 + n_samples // hop_samples, n_bands)."""
    size, hop, rate = told["n_fft"], told["hop_samples"], told["sample_rate_hz"]
    ends = np.array([told["low_hz"], told["high_hz"]])  # on Slaney's mel scale: linear below 1 kHz, logarithmic above
    low, high = np.where(ends < 1000, 3 * ends / 200, 15 + 27 * np.log(np.maximum(ends, 1) / 1000) / np.log(6.4))
    mel = np.linspace(low, high, told["n_bands"] + 2)
    hz = np.where(mel < 15, 200 * mel / 3, 1000 * 6.4 ** ((mel - 15) / 27))
    bins, step = np.fft.rfftfreq(size, 1 / rate)[:, None], np.diff(hz)
    triangles = np.maximum(0, np.minimum((bins - hz[:-2]) / step[:-1], (hz[2:] - bins) / step[1:]))
    padded = np.pad(samples, (size // 2, size - size // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: 1 + len(samples) // hop]
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    power = np.abs(np.fft.rfft(frames * hann)) ** 2 @ (2 * triangles / (hz[2:] - hz[:-2]))
    return (10 * np.log10(np.maximum(power, 1e-10))).astype(np.float32)


def open_network(path):
    """Return the network as a function from a window (n_frames, n_bands) to a logit for each species."""
    if path.endswith(".onnx"):
        import onnxruntime

        session = onnxruntime.InferenceSession(path)
        return lambda window: session.run(["clip"], {"features": window[None]})[0][0]
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(path).get_signature_runner()
    return lambda window: runner(features=window[None])["clip"][0]


def score(network, about, samples):
    """Yield when each window begins, in seconds, and its logits; windows overlap by half, to the end of the sound."""
    told, length = about["features"], about["input"]["features"][1]
    levels = log_mel(samples, told)
    levels = np.pad(levels, ((0, max(0, length - len(levels))), (0, 0)), mode="edge")
    last = len(levels) - length
    for start in (*range(0, last, max(1, round(length / 2))), last):
        yield start * told["hop_samples"] / told["sample_rate_hz"], network(levels[start : start + length])


def main(network, about, recording, least="0.5"):
    """Print when a window begins, the species and its score, for all scores that are at least `least`."""
    with open(about, encoding="utf-8") as file:
        about = json.load(file)
    told = about["features"]
    samples, rate = soundfile.read(recording, dtype="float32", always_2d=True)
    if told["kind"] != "mel" or told["pcen"] or rate != told["sample_rate_hz"]:
        sys.exit(f"{recording} is at {rate} Hz; this program knows log-mel features, and the network heard {told}")
    for begin_s, logits in score(open_network(network), about, samples.mean(axis=1)):
        for species, value in zip(about["species"], 1 / (1 + np.exp(-logits)), strict=True):
            if value >= float(least):
                print(f"{begin_s:.2f},{species},{value:.3f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
