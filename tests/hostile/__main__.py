"""`python -m tests.hostile --tool URL`: every row of lti.md §2 and §3 against a running tool.

The tool must reach this machine: run it with ALLOW_PRIVATE_NETWORK=1. Exit status 1 if a row differs.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import requests

from tests.hostile.guarded import GUARDED
from tests.hostile.platform import SmallPlatform
from tests.hostile.refused import REFUSED
from tests.hostile.rows import ACCEPTED, Row
from tests.hostile.visit import NUMBER, is_accepted, is_refused


@dataclass(frozen=True)
class Answer:
    """What the tool said to one row."""

    row: Row
    expected: str
    status: str
    told: str
    good: bool


def play(row: Row, expected: str, platform: SmallPlatform) -> Answer:
    """Send one row and judge the answer; a tool that does not answer differs."""
    try:
        page = row.ready(platform)()
    except (requests.RequestException, AssertionError, KeyError) as error:
        return Answer(row, expected, type(error).__name__, "", False)
    good = is_accepted(page) if expected == "accepted" else is_refused(page)
    number = NUMBER.search(page.text)
    return Answer(row, expected, str(page.status_code), number.group() if number else "", good)


def table(answers: list[Answer]) -> list[str]:
    """The lines to print: row, expected, status, number on the page, verdict."""
    width = max(len(answer.row.name) for answer in answers)
    lines = [f"{'row':<{width}}  {'expected':<8}  {'status':<6}  {'number':<11}  verdict"]
    for a in answers:
        verdict = "as expected" if a.good else "DIFFERS"
        lines.append(f"{a.row.name:<{width}}  {a.expected:<8}  {a.status:<6}  {a.told:<11}  {verdict}")
    return lines


def register_command(platform: SmallPlatform, program: str) -> list[str]:
    """The words of the `lti-tool register` command that introduces this platform."""
    words = [*shlex.split(program), "register"]
    for name, value in platform.registration.items():
        words += [f"--{name}", value]
    return words


def run(platform: SmallPlatform, say: Callable[[str], None]) -> bool:
    """Play every row against a tool that knows the platform, say the table; True if none differs."""
    answers = [play(row, "accepted", platform) for row in ACCEPTED]
    answers += [play(row, "refused", platform) for row in (*REFUSED, *GUARDED)]
    for line in table(answers):
        say(line)
    differing = sum(not answer.good for answer in answers)
    say(f"{len(answers)} rows, {differing} differ; the key set was read {platform.key_set_reads} times.")
    return not differing


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, introduce the platform, play the rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--tool", required=True, help="the tool's PUBLIC_URL")
    parser.add_argument("--register", action="store_true", help="run the register command here")
    parser.add_argument("--lti-tool", help="how to call it; with --register by default this checkout's")
    given = parser.parse_args(arguments)
    with SmallPlatform(given.tool.rstrip("/")) as platform:
        here = shlex.join([sys.executable, "-m", "lti_tool.cli"])
        command = register_command(platform, given.lti_tool or (here if given.register else "lti-tool"))
        print(shlex.join(command), flush=True)
        if given.register:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        else:
            input("Run this where the tool lives, then press Enter. ")
        return 0 if run(platform, lambda line: print(line, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
