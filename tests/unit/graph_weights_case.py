"""Weights files of HSE-FaceRes' form that tests make themselves, and crops for small networks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.model.architectures import find_network
from core.model.face_network import FEATURES

Values = dict[str, NDArray[np.float32]]
SIDE = 32
HEADS = find_network("hse-faceres").heads


def write_graph(folder: Path, values: Values, stored: str = "float32", **changes: object) -> Path:
    """A TensorFlow.js graph model: its manifest, and the constants one after the other in two files."""
    entries, data = [], b""
    for name, value in values.items():
        entry: dict[str, Any] = {"name": name, "shape": list(value.shape), "dtype": "float32"}
        if stored != "float32":
            entry["quantization"] = {"dtype": stored, "original_dtype": "float32"}
        entries.append(entry | changes)
        data += value.astype(stored if stored == "float16" else "float32").tobytes()
    half = len(data) // 2
    (folder / "model.bin1").write_bytes(data[:half])
    (folder / "model.bin2").write_bytes(data[half:])
    manifest = [{"paths": ["model.bin1", "model.bin2"], "weights": entries}]
    (folder / "model.json").write_text(json.dumps({"format": "graph-model", "weightsManifest": manifest}))
    return folder / "model.json"


def face_network(seed: int = 5) -> Values:
    """Constants of the whole face network, as its file names them."""
    rng = np.random.default_rng(seed)
    model = find_network("hse-faceres").build(SIDE, HEADS, None)
    values: Values = {}
    for layer in model.layers:
        if layer.name.startswith("conv") and layer.weights:
            kernel, bias = (tuple(value.shape) for value in layer.weights)
            spread = 1 / np.sqrt(np.prod(kernel[:-1]) if "dw" not in layer.name else 9)
            if "dw" in layer.name:
                values[f"{layer.name}/depthwise_kernel"] = rng.normal(0, spread, kernel).astype(np.float32)
                values[f"{layer.name}_bn/batchnorm_1/mul"] = rng.uniform(0.8, 2, kernel[2]).astype(np.float32)
            else:
                values[f"{layer.name}/convolution/merged_input"] = rng.normal(0, 2 * spread, kernel).astype(np.float32)
            values[f"{layer.name}_bn/batchnorm_1/sub"] = rng.normal(0, 0.1, bias).astype(np.float32)
    values["conv1/convolution/merged_input"] /= 50  # pixels are large
    for name, shape in ((FEATURES, (1024, 256)), ("gender_pred", (256, 1))):
        values[f"{name}/kernel"] = rng.normal(0, 0.2, shape).astype(np.float32)
        values[f"{name}/bias"] = rng.normal(0, 0.2, shape[1:]).astype(np.float32)
    return values


def crops(count: int = 3) -> NDArray[np.float32]:
    """Noise."""
    return np.random.default_rng(1).uniform(0, 255, (count, SIDE, SIDE, 3)).astype(np.float32)
