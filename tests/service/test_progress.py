"""How far a download is, where there is no terminal."""

import io

from service.progress import LINE_STEP, progress


def test_lines_come_once_a_step_and_say_how_far_it_is() -> None:
    """A log gets a few lines, not one for each block."""
    stream = io.StringIO()
    with progress("sface", 4 * LINE_STEP, stream) as report:
        for done in range(0, 3 * LINE_STEP, LINE_STEP // 8):
            report(done)

    assert stream.getvalue().splitlines() == ["sface: 10.5 of 41.9 MB", "sface: 21.0 of 41.9 MB"]


def test_small_file_needs_no_line() -> None:
    """Its start and its end are told anyway."""
    stream = io.StringIO()
    with progress("yunet", 229_738, stream) as report:
        report(229_738)

    assert stream.getvalue() == ""
