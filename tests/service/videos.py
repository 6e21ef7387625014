"""Real videos for real workers, made on the spot; nobody is in them."""

from pathlib import Path

import av
import numpy as np

RATE = 10


def write_video(path: Path, seconds: float = 2.0, size: tuple[int, int] = (320, 240)) -> Path:
    """Write an H.264 video of a gradient that moves, and return its path."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index in range(round(seconds * RATE)):
            row = (np.arange(width) + 5 * index) % 256
            picture = np.repeat(np.tile(row, (height, 1))[:, :, None], 3, axis=2).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
