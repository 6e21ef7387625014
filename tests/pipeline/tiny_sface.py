"""A network with the input and the output of SFace, small enough to know what it computes."""

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CELL: Final = 28
"""Side of the squares, in pixels, that the 112 x 112 pixels of the input are averaged over."""

MIXES: Final[NDArray[np.float32]] = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [1, -1, 0], [0, 1, -1], [-1, 0, 1], [2, 1, -3]], np.float32
)
"""What each of the 8 output channels adds up of the 3 input channels; with 4 x 4 squares that makes 128 numbers."""


def write_tiny_sface(path: Path) -> Path:
    """Write the network as ONNX: averages of the input over squares, mixed; return the path."""
    kernel = np.repeat(MIXES[:, :, None], CELL * CELL, 2).reshape(8, 3, CELL, CELL) / CELL**2
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["data", "kernel"], ["squares"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
            helper.make_node("Flatten", ["squares"], ["fc1"]),
        ],
        "tiny-sface",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 128])],
        [numpy_helper.from_array(kernel.astype(np.float32), "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def expected_output(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the network says of an image of 112 x 112 x 3, red first, in the values it was given."""
    squares = rgb.reshape(4, CELL, 4, CELL, 3).mean(axis=(1, 3))
    output: NDArray[np.float64] = np.einsum("mc,yxc->myx", MIXES, squares).ravel()
    return output
