"""`python -m tests.sandbox_lms`: both personalities in a process of their own, their state in a file."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from flask import Response, request

from tests.sandbox_lms.paths import CANVAS, MOODLE
from tests.sandbox_lms.seed import seed_canvas, seed_moodle
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.store import BadState, load, save
from tests.sandbox_lms.world import World

CHANGES_NOTHING = (
    MOODLE["auth"],
    MOODLE["token"],
    CANVAS["auth"],
    "/webservice/",
    "/control/sign-in",
    "/who",
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox_lms", description=__doc__)
    parser.add_argument("--canvas-port", type=int, default=8902, help="port of the Canvas-like one")
    parser.add_argument("--moodle-port", type=int, default=8903, help="port of the Moodle-like one")
    parser.add_argument("--state", type=Path, help="a JSON file that keeps what was changed")
    options = parser.parse_args(arguments)
    worlds = {
        "canvas": seed_canvas(f"http://localhost:{options.canvas_port}"),
        "moodle": seed_moodle(f"http://localhost:{options.moodle_port}"),
    }
    lms = PracticeLms()
    try:
        if options.state:
            load(options.state, worlds)
        lms.start(worlds.values(), after_request=_keeper(options.state, worlds))
    except (BadState, OSError) as wrong:
        print(f"The practice LMS cannot start: {wrong}", file=sys.stderr)
        lms.stop()
        return 1
    if options.state:
        save(options.state, worlds)  # the keys too, so that a restart keeps them
    print(f"Practice LMS ready: {lms.url('canvas')} and {lms.url('moodle')}", flush=True)
    _wait_for_signal()
    lms.stop()
    return 0


def _keeper(path: Path | None, worlds: dict[str, World]) -> Callable[[Response], Response]:
    """A hook that saves after each request that may have changed something."""
    one_at_a_time = threading.Lock()

    def keep(answer: Response) -> Response:
        changing = request.method not in ("GET", "HEAD", "OPTIONS")
        if path and changing and not request.path.startswith(CHANGES_NOTHING):
            with one_at_a_time:
                save(path, worlds)
        return answer

    return keep


def _wait_for_signal() -> None:
    asked_to_end = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        asked_to_end.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    asked_to_end.wait()


if __name__ == "__main__":
    sys.exit(main())
