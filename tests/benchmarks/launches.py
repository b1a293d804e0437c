"""Launches a second, on SQLite and on PostgreSQL: `python -m tests.benchmarks.launches`.

Each client does complete launches (login, launch, first page) against the real `lti-tool serve`, which has
one core to itself; the clients have the others. CPU is what the server's own processes used. Beside it
stand, in the same run, the peer (pylti1p3 in the smallest app) and the floor: on a busy machine all of
them rise together, and what tells is the ratio.

Nearly every launch is of somebody known, into a course they know: those are the first rows. Below them, as
"first ever", people who were never here, and as "started" the same people after plans were started.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.browsers import Tool, drive, launch, member, newcomer, start_plans
from tests.benchmarks.floor import floor_ms
from tests.benchmarks.servers import Server, cpu_seconds
from tests.conftest import fresh_postgres
from tests.hostile.__main__ import register_command
from tests.hostile.platform import SmallPlatform

WARM_UP = 60
WARM_AGAIN = 20
NAMES = ("SQLite", "PostgreSQL", "peer")


@dataclass(frozen=True)
class Round:
    """What one round of launches cost. wall and seconds (sorted, one a launch) in seconds."""

    cpu: float
    wall: float
    seconds: list[float]

    @property
    def cpu_ms(self) -> float:
        return self.cpu / len(self.seconds) * 1000

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.wall

    def at(self, part: float) -> float:
        """The milliseconds within which this part of the launches was done."""
        return self.seconds[int(len(self.seconds) * part)] * 1000


@dataclass
class Runner:
    """One server that runs, with its platform, and the rounds it has done."""

    name: str
    tool: Tool
    platform: SmallPlatform
    process: int
    rounds: list[Round]
    who: Callable[[int], tuple[str, str]] = member

    def go(self, clients: int, launches: int) -> Round:
        cpu, begun = cpu_seconds(self.process), time.perf_counter()
        seconds = drive(lambda number: launch(self.tool, self.platform, self.who(number)), clients, launches)
        return Round(cpu_seconds(self.process) - cpu, time.perf_counter() - begun, seconds)

    def line(self) -> str:
        """Of all rounds the least and the middle CPU, the best rate, the middle waiting times."""
        cpu = [each.cpu_ms for each in self.rounds]
        p50, p95 = (statistics.median(each.at(part) for each in self.rounds) for part in (0.5, 0.95))
        rate = [each.a_second for each in self.rounds]
        return (
            f"{self.name:<22} {min(cpu):>7.2f} {statistics.median(cpu):>7.2f} {max(rate):>7.0f} "
            f"{statistics.median(rate):>7.0f} {p50:>7.1f} {p95:>7.1f} {self.platform.key_set_reads:>5}"
        )


@contextmanager
def started(name: str, given: argparse.Namespace) -> Iterator[Runner]:
    """A fresh installation of this kind, served on one core and warm."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plans-launches-")))
        url = stack.enter_context(fresh_postgres()) if name == "PostgreSQL" else ""
        server = Server(folder, url, given.workers, given.threads, given.core)
        platform = stack.enter_context(SmallPlatform(server.url))
        tool = Tool(server.url, "/lti/login", "/lti/launch", b"data-launch-user")
        if name == "peer":
            tool = Tool(server.url, "/login", "/launch", b"data-launch-user")
            process = stack.enter_context(server.serving(peer_of=platform))
        else:
            server.run("migrate")
            process = stack.enter_context(server.serving())
            server.run(*register_command(platform, ""))
        runner = Runner(name, tool, platform, process, [])
        runner.go(given.clients, WARM_UP)
        yield runner


def in_turns(runners: list[Runner], given: argparse.Namespace) -> None:
    """A round of each, over and over, so that what else the machine does falls on all of them."""
    for _ in range(given.rounds):
        for runner in runners:
            runner.rounds.append(runner.go(given.clients, given.launches))


def others(tools: list[Runner], given: argparse.Namespace) -> list[Runner]:
    """The other kinds of launches, measured on the same servers; these have no bar."""
    first = [replace(tool, name=f"{tool.name}, first ever", rounds=[], who=newcomer) for tool in tools]
    started = [replace(tool, name=f"{tool.name}, started", rounds=[]) for tool in tools]
    in_turns(first, given)
    for tool in started:
        start_plans(tool.tool, tool.platform)
        tool.go(given.clients, WARM_AGAIN)
    in_turns(started, given)
    return [*first, *started]


def main() -> None:
    """Measure both databases, the peer and the floor in one run, in turns."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.launches", description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--launches", type=int, default=400, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1, help="gunicorn processes (WEB_WORKERS)")
    parser.add_argument("--threads", type=int, default=4, help="in each process (WEB_THREADS)")
    parser.add_argument("--core", type=int, default=0, help="the processor of the server; -1: any")
    parser.add_argument("--only", choices=NAMES, action="append")
    given = parser.parse_args()
    cores = os.sched_getaffinity(0)
    given.core = given.core if given.core in cores and len(cores) > 1 else None
    if given.core is not None:
        os.sched_setaffinity(0, cores - {given.core})
    with ExitStack() as stack:
        runners = [stack.enter_context(started(name, given)) for name in given.only or NAMES]
        in_turns(runners, given)
        print("                         CPU ms a launch   launches/s       ms waited      JWKS")
        print("                           least  middle    best  middle    p50     p95    reads")
        for runner in runners:
            print(runner.line(), flush=True)
        tools = [runner for runner in runners if runner.name != "peer"]
        for runner in others(tools, given):
            print(runner.line(), flush=True)
    for name, milliseconds in floor_ms().items():
        print(f"floor: {name}: {milliseconds:.3f} CPU ms")


if __name__ == "__main__":
    main()
