"""Single networks as ONNX files with float32 weights, for devices and programs that have ONNX Runtime."""

import hashlib
import os
import tempfile
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from canopy.package.parity import OUTPUTS, Parity, differences
from canopy.runtime.errors import CanopyError
from canopy.runtime.imports import muted

OPSET = 17
"""The version of ONNX's operators: ONNX Runtime knows it since 1.13 (2022)."""
TOLERANCE_LOGITS = 1e-3
"""How far an exported network's logits may lie from the original's: nothing is rounded, sums have another order."""


def to_onnx(model: keras.Model) -> bytes:
    """Convert a network: one window of features `(1, n_frames, n_bins)`, float32, to the logits `clip` and `frames`.

    Raises
    ------
    CanopyError
        tf2onnx or ONNX Runtime is not installed.
    """
    import tensorflow as tf

    try:
        with muted():
            import onnxruntime  # noqa: F401 - a file that nothing here can run is not written
            import tf2onnx
    except ImportError as error:
        raise CanopyError(
            f"a network in ONNX's format needs the package {error.name}, which is not installed; install it (`make "
            "install-onnx`, or `pip install -r envs/requirements-onnx.lock`), or take onnx out of `export: formats:`"
        ) from None
    window = [tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="features")]

    def forward(features: "tf.Tensor") -> dict[str, "tf.Tensor"]:
        logits = model(features, training=False)
        return {name: tf.identity(logits[name], name) for name in OUTPUTS}

    traced = tf.function(forward, input_signature=window, autograph=False)
    with muted():
        converted, _ = tf2onnx.convert.from_function(traced, input_signature=window, opset=OPSET)
    network = _simplified(converted.SerializeToString())
    for output in network.graph.output:  # of which tf2onnx does not know every length
        for dimension, length in zip(output.type.tensor_type.shape.dim, model.output[output.name].shape, strict=True):
            dimension.dim_value = length or 1
    _put_in_order(network.graph)
    return bytes(network.SerializeToString(deterministic=True))


def open_onnx(network: bytes) -> Any:
    """Return ONNX Runtime's session of a network, on one thread: several wait for each other by spinning."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def run_onnx(network: bytes, windows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Run an exported network on windows `(n_windows, n_frames, n_bins)`, one at a time."""
    session = open_onnx(network)
    found = [session.run(OUTPUTS, {"features": window[None]}) for window in windows]
    return {name: np.concatenate(logits) for name, logits in zip(OUTPUTS, zip(*found, strict=True), strict=True)}


def parity(model: keras.Model, network: bytes, windows: NDArray[np.float32]) -> Parity:
    """Compare an exported network with the original.

    Raises
    ------
    CanopyError
        A logit differs by more than `TOLERANCE_LOGITS`.
    """
    found = differences(model, run_onnx(network, windows), windows)
    if not found.worst <= TOLERANCE_LOGITS:
        raise CanopyError(
            f"the logits of the network in ONNX's format differ by up to {found.worst:.3g} from the original's,"
            f" where {TOLERANCE_LOGITS:g} is allowed; export it as tflite, or use the package instead"
        )
    return found


def _simplified(network: bytes) -> Any:
    """Return a network whose constants are computed and whose transposes are cancelled, in ONNX's own operators."""
    import onnx
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = os.path.join(folder, "network.onnx")
        onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        found = onnx.load(options.optimized_model_filepath)
    used = [one for one in found.opset_import if one.domain in {node.domain for node in found.graph.node}]
    del found.opset_import[:]
    found.opset_import.extend(used)
    return found


def _put_in_order(graph: Any) -> None:
    """Name and order an ONNX graph's nodes by what they compute, each once; tf2onnx does it by addresses in memory."""
    holds = {"": "", **{one.name: one.name for one in graph.input}}
    depth: dict[str, int] = {}
    constants: dict[str, Any] = {}
    nodes: dict[str, tuple[Any, list[str]]] = {}
    for one in graph.initializer:
        name, one.name = one.name, ""
        holds[name] = _digest(one.SerializeToString(deterministic=True))
        constants[holds[name]] = one
    for node in graph.node:  # each after those that it takes from
        given = [holds[name] for name in node.input]
        attributes = sorted(one.SerializeToString(deterministic=True) for one in node.attribute)
        whole = _digest(node.op_type.encode(), *attributes, *(name.encode() for name in given))
        depth[whole] = 1 + max((depth.get(name.split(":")[0], 0) for name in given), default=0)
        holds |= {name: f"{whole}:{place}" for place, name in enumerate(node.output)}
        nodes[whole] = (node, given)
    order = sorted(nodes, key=lambda whole: (depth[whole], whole))
    wanted = {holds[one.name]: one.name for one in graph.output}
    names = {"": "", **{one.name: one.name for one in graph.input}}
    names |= {key: f"constant_{number}" for number, key in enumerate(sorted(constants))}
    for number, whole in enumerate(order):
        node, given = nodes[whole]
        made = [f"{whole}:{place}" for place in range(len(node.output))]
        names |= {key: wanted.get(key, f"{node.op_type}_{number}_{place}") for place, key in enumerate(made)}
        node.input[:], node.output[:] = [names[key] for key in given], [names[key] for key in made]
        node.name, node.doc_string = f"{node.op_type}_{number}", ""
    for key, one in constants.items():
        one.name = names[key]
    ordered = [nodes[whole][0] for whole in order], [constants[key] for key in sorted(constants)]
    for held, ones in zip((graph.node, graph.initializer), ordered, strict=True):
        copies = [type(one).FromString(one.SerializeToString()) for one in ones]
        del held[:]
        held.extend(copies)
    del graph.value_info[:]
    graph.name, graph.doc_string = "canopy", ""


def _digest(*parts: bytes) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
