"""What the tests have other processes do; spawned processes import it from here."""

import fcntl
import json
import multiprocessing
import resource
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from opentelemetry.context import Context

from telemetry.append import append_lines
from telemetry.config import TelemetryConfig
from telemetry.rotation import RotatingFile
from telemetry.setup import configure
from telemetry.spans import StageRecorder, carrier_of, context_from
from telemetry.stages import Stage
from telemetry.timing_lines import TimingPoint
from telemetry.timing_points import TimingLog

SPAWN = multiprocessing.get_context("spawn")


def run_together(act: Callable[..., None], arguments: Sequence[tuple[object, ...]]) -> None:
    """Run ``act`` in one process for each tuple of arguments, all starting at the same moment."""
    barrier = SPAWN.Barrier(len(arguments))
    processes = [SPAWN.Process(target=act, args=(barrier, *own)) for own in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


def emit_points(barrier: Barrier, performance_log: Path, process: int, count: int) -> None:
    """Emit timing points whose sessions are numbered by process and line."""
    timing_log = TimingLog(performance_log, None)
    barrier.wait()
    for number in range(count):
        fields = {"session_id": f"{process}-{number}"}
        timing_log.emit(TimingPoint.RECEIVE_START, fields, at_ns=time.time_ns(), context=Context())


def append_numbered(barrier: Barrier, file: RotatingFile, process: int, count: int) -> None:
    """Append JSON lines of different lengths, numbered by process and line."""
    barrier.wait()
    for number in range(count):
        file.append(json_line(process, number))


def json_line(process: int, number: int) -> bytes:
    """Return a line that says who wrote it, in up to two hundred bytes."""
    return json.dumps({"process": process, "number": number, "padding": "x" * (number * 37 % 150)}).encode() + b"\n"


def append_forever(folder: Path, begun: Connection) -> None:
    """Append long lines until killed; tell when the first one is written."""
    file = RotatingFile(folder, "lines", 1 << 22, 4)
    line = json.dumps({"padding": "x" * 1_000_000}).encode() + b"\n"
    file.append(line)
    begun.send(True)
    while True:
        file.append(line)


def hold_lock(folder: Path, begun: Connection) -> None:
    """Take the lock of the files and keep it until killed; tell when it is taken."""
    with (folder / ".lines.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun.send(True)
        signal.pause()


def append_beyond_limit(path: Path, line: bytes, limit: int) -> str:
    """Append two lines where the system takes no more than ``limit`` bytes of a file; return what the second says."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    append_lines(path, line)
    try:
        append_lines(path, line)
    except OSError as error:
        return str(error)
    return "taken"


def end_without_shutdown(barrier: Barrier, config: TelemetryConfig) -> None:
    """Record one stage and return, as a worker whose pool is closed does."""
    barrier.wait()
    configure(config)
    StageRecorder(Context()).start(Stage.REQUEST).end()


def record_everything() -> None:
    """Record something of each signal, without log files."""
    telemetry = configure(TelemetryConfig(performance_log=None, facematch_log=None))
    with StageRecorder(Context()).stage(Stage.REQUEST) as root:
        fields = {"session_id": "abc"}
        telemetry.timing_log.emit(TimingPoint.RECEIVE_START, fields, at_ns=root.start_ns, context=root.context)
    telemetry.providers.meter.get_meter("test").create_counter("things").add(1)
    telemetry.shutdown()


def continue_trace(barrier: Barrier, config: TelemetryConfig) -> None:
    """Record one stage here and a child of it in another process."""
    barrier.wait()
    configure(config)
    with StageRecorder(Context()).stage(Stage.REQUEST) as root:
        worker = SPAWN.Process(target=record_below, args=(config, carrier_of(root.context)))
        worker.start()
        worker.join()


def record_below(config: TelemetryConfig, carrier: dict[str, str]) -> None:
    """Record one stage below the one that a carrier names."""
    configure(config)
    StageRecorder(context_from(carrier)).start(Stage.ANALYZE_VIDEO).end()


def configure_twice(config: TelemetryConfig) -> str:
    """Try to set this process up a second time; return what the attempt says."""
    configure(config)
    try:
        configure(config)
    except RuntimeError as error:
        return str(error)
    return "taken"
