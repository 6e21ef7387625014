"""The two detail lines of the original system: where the time of one analysis went."""

import time
from dataclasses import dataclass

from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from telemetry.timing_lines import DetailLine
from telemetry.timing_points import TimingLog


@dataclass(frozen=True, slots=True)
class Details:
    """What the lines hold beyond the seconds of the stages."""

    session_id: str
    total_frames: int
    processed_frames: int
    watching: float
    """Seconds from the first frame asked for to the last one analysed; decoding and analysis overlap in it."""
    total: float
    """Seconds of the whole analysis."""

    def write(self, timing_log: TimingLog, stages: StageRecorder) -> None:
        """Write both lines now, in the trace of ``stages``."""
        now_ns = time.time_ns()
        timing_log.emit(DetailLine.VIDEO, self._video(stages.seconds), at_ns=now_ns, context=stages.context)
        timing_log.emit(DetailLine.FRAMES, self._frames(stages.seconds), at_ns=now_ns, context=stages.context)

    def _video(self, seconds: dict[str, float]) -> dict[str, str | float]:
        return {
            "session_id": self.session_id,
            "video_open_time": seconds.get(Stage.OPEN_VIDEO, 0.0),
            "frame_processing_time": self.watching,
            "face_comparison_time": seconds.get(Stage.COMPARE_FACES, 0.0),
            "total_processing_time": self.total,
        }

    def _frames(self, seconds: dict[str, float]) -> dict[str, str | float | int]:
        return {
            "session_id": self.session_id,
            "total_frames": self.total_frames,
            "processed_frames": self.processed_frames,
            "movement_analysis_time": seconds.get(Stage.ANALYZE_MOVEMENT, 0.0),
            "total_frame_processing_time": self.watching,
            "avg_time_per_frame": self.watching / max(self.total_frames, 1),
        }
