"""How long an exact search takes, of one core, and how much memory it holds beside the file's own pages.

OMP_NUM_THREADS=1 PYTHONPATH=workflow/scripts:tests python tests/search_speed.py 250000
"""

import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np

from canopy.detections.search.draw import draw
from canopy.detections.search.windows import Windows
from canopy.runtime.arrays import write_frames

N_VALUES, N_RECORDINGS = 1024, 100


def main(n_windows: int) -> None:
    each = n_windows // N_RECORDINGS
    values = np.random.default_rng(0).normal(size=(each, N_VALUES))
    values = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float16)
    names = [f"site{number % 5}/{number}" for number in range(N_RECORDINGS)]
    index = {"path": [f"{name}.wav" for name in names], "audio": names, "copy_of": "", "problem": ""}
    times = {"duration_s": each + 1.0, "first_s": 0.0, "hop_s": 1.0, "window_s": 2.0}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "0.npy")
        write_frames(((name, values) for name in names), path, n_bins=N_VALUES, extra={**index, **times})
        tracemalloc.start()
        began_s, told = time.process_time(), values[:1].astype(np.float32)
        windows = Windows([path])
        similarity = windows.similarity(told)
        sites = np.array([name.split("/")[0] for name in names])
        rows = draw(windows, similarity, np.zeros(len(windows), bool), sites=sites, top=20, over_range=10, seed="1")
        took_s, (_, peak) = time.process_time() - began_s, tracemalloc.get_traced_memory()
    gigabytes = 2 * n_windows * N_VALUES / 1e9
    print(f"{len(windows)} windows of {N_VALUES} numbers ({gigabytes:.1f} GB), {len(rows)} stretches drawn:")
    print(f"{took_s:.1f} s of one core, at most {peak / 1e6:.0f} MB beside the file")


if __name__ == "__main__":
    main(int(sys.argv[1]))
