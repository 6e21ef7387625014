"""The sample files: made in seconds from nothing but the installed packages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2

from pipeline.samples.camera import Camera
from pipeline.samples.canvas import Box, cropped
from pipeline.samples.encoding import write_truncated, write_video
from pipeline.samples.head import Head
from pipeline.samples.portrait import SampleError
from pipeline.samples.species import HEAD_STILL, HEAD_TURN, PHOTO_WAVED, frames

CLIPS: Final = (("turn.mp4", HEAD_TURN, 3.6), ("photo_waved.mp4", PHOTO_WAVED, 3.6), ("still.mp4", HEAD_STILL, 3.0))
"""File, species, seconds."""

REFERENCE: Final = Box(-1.8, -2.3, 1.8, 2.2)
"""What the reference photo shows: the head."""


def write_samples(directory: Path, seed: int = 0, photo: Path | None = None) -> Iterator[Path]:
    """Write reference.jpg, turn.mp4, photo_waved.mp4, still.mp4 and broken.mp4, yielding each as soon as it is there.

    ``photo`` is a portrait to use instead of the one that matplotlib ships; the same seed gives the same files.

    Raises:
        SampleError: no portrait can be had, or the directory cannot be written.
    """
    head = Head.shipped() if photo is None else Head.from_image(photo)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        yield _write_reference(directory / "reference.jpg", head)
        camera = Camera()
        for name, species, seconds in CLIPS:
            clip = frames(species, head, camera, seed, seconds)
            write_video(directory / name, clip, camera)
            yield directory / name
        write_truncated(directory / "broken.mp4", directory / "turn.mp4")
        yield directory / "broken.mp4"
    except OSError as error:
        raise SampleError(f"{directory} cannot be written: {error.strerror}") from error


def _write_reference(path: Path, head: Head) -> Path:
    encoded, jpeg = cv2.imencode(".jpg", cropped(head.portrait.image, REFERENCE))
    if not encoded:
        raise SampleError("this OpenCV cannot write JPEG")
    path.write_bytes(jpeg.tobytes())
    return path
