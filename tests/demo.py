"""`make demo`: the practice LMS, the web tool and the worker on this machine, ready to click.

Everything it keeps is under var/demo; `make demo-reset` clears it. Ctrl-C stops all it started.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import requests

from tests.demo_plans import fill
from tests.sandbox_lms.seed import CANVAS_API_TOKEN, MOODLE_WS_TOKEN

FOLDER = Path("var/demo")
PORTS = {"tool": 8900, "canvas": 8901, "moodle": 8902}
CLIENT_ID = "personal-plans"
DEPLOYMENT_ID = "1"
START_SECONDS = 60


class Stopped(Exception):
    """Ctrl-C, or a request to end."""


def main() -> int:
    """Start everything, say what to click, wait for Ctrl-C."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    FOLDER.mkdir(parents=True, exist_ok=True)
    children: list[subprocess.Popen[bytes]] = []
    lock = (FOLDER / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("The demo is running already, in another window. Stop it there with Ctrl-C.", file=sys.stderr)
        return 1
    try:
        run(children)
    except Stopped:
        print("\nStopping ...")
        return 0
    except (DemoError, requests.RequestException) as error:
        print(f"The demo could not start: {error}\nWhat happened is in {FOLDER}/*.log.", file=sys.stderr)
        return 1
    finally:
        stop_all(children)
    return 0


class DemoError(Exception):
    """Something did not start; the message says what."""


def run(children: list[subprocess.Popen[bytes]]) -> None:
    ports = choose_ports()
    environment = {
        **os.environ,
        "VAR_DIR": str(FOLDER),
        "PUBLIC_URL": f"http://127.0.0.1:{ports['tool']}",
        "BIND": f"127.0.0.1:{ports['tool']}",
        "ALLOW_PRIVATE_NETWORK": "1",
        "TICK_SECONDS": "5",
        "SYNC_EVERY_MINUTES": "1",
        "LOG_FORMAT": "text",
        "CANVAS_TOKEN": CANVAS_API_TOKEN,
        "MOODLE_TOKEN": MOODLE_WS_TOKEN,
    }
    for name in ("DATABASE_URL", "CONFIG_FILE"):
        environment.pop(name, None)
    children.append(start_lms(ports, environment))
    platforms = {name: f"http://localhost:{ports[name]}" for name in ("canvas", "moodle")}
    for url in platforms.values():
        wait_for(f"{url}/", children)
    tool(environment, "migrate")
    children.append(start("tool", [sys.executable, "-m", "lti_tool.cli", "up"], environment))
    wait_for(f"{environment['PUBLIC_URL']}/readyz", children)
    for name, url in platforms.items():
        join(name, url, environment)
    fill_plans(platforms["canvas"])
    say_what_to_click(platforms)
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    raise DemoError("one of the three parts ended by itself")


def fill_plans(canvas: str) -> None:
    """The first time, the people of Algebra I use the tool; the demo goes on where that does not work."""
    done = FOLDER / "plans-filled"
    if done.exists():
        return
    print("Filling a course with plans (half a minute) ...", flush=True)
    try:
        fill(canvas)
    except (requests.RequestException, LookupError, TimeoutError, AssertionError) as error:
        print(f"Some plans of the demo are missing ({error.__class__.__name__}); everything else works.")
    done.touch()


def choose_ports() -> dict[str, int]:
    """The ports of the first time, or the usual ones; a busy one is replaced for this time, and named.

    An LMS's address is its identity, so what was done at the usual port comes back with that port.
    """
    file = FOLDER / "ports.json"
    ports = dict(PORTS)
    with contextlib.suppress(OSError, ValueError):
        ports.update(json.loads(file.read_text()))
    for name, port in ports.items():
        if not is_free(port):
            ports[name] = free_port()
            print(f"Port {port} is busy; the {name} part takes {ports[name]} this time.")
    if not file.exists():
        file.write_text(json.dumps(ports))
    return ports


def is_free(port: int) -> bool:
    for host in ("127.0.0.1", "localhost"):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


# Ports that were given out, each bound and not listened at as long as this process lives.
_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens at, below those the system gives out by itself, for a process of ours.

    Nobody else is given it before that process begins to listen, nor while it is started anew: binding it
    is refused to whoever asks here, in any process, but not to a server, which is ready to share it.
    """
    while True:
        port, probe = random.randrange(20_000, 32_000), socket.socket()
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.close()
            continue
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _HELD.append(probe)
        return port


def start(name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (FOLDER / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def start_lms(ports: dict[str, int], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.sandbox_lms"]
    for name in ("canvas", "moodle"):
        command += [f"--{name}-port", str(ports[name])]
    return start("practice-lms", [*command, "--state", str(FOLDER / "practice-lms.json")], environment)


def wait_for(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if any(child.poll() is not None for child in children):
            raise DemoError("a part ended while starting")
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.2)
    raise DemoError(f"{url} does not answer")


def tool(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lti_tool.cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"lti-tool {words[0]}: {done.stderr.strip()}")
    return done.stdout


def join(name: str, url: str, environment: dict[str, str]) -> None:
    """Make the LMS and the tool know each other, and connect grades."""
    known = requests.post(
        f"{url}/control/tool",
        json={
            "tool_url": environment["PUBLIC_URL"],
            "client_id": CLIENT_ID,
            "deployment_ids": [DEPLOYMENT_ID],
        },
        timeout=10,
    )
    known.raise_for_status()
    platform = requests.get(f"{url}/control/endpoints", timeout=10).json()
    registration = json.loads(
        tool(
            environment,
            *("register", "--issuer", platform["issuer"], "--client-id", CLIENT_ID),
            *("--deployment-id", DEPLOYMENT_ID),
            *("--auth-login-url", platform["auth_login_url"]),
            *("--token-url", platform["token_url"]),
            *("--jwks-url", platform["jwks_url"]),
            *("--name", f"Practice {name.capitalize()}", "--time-zone", "America/Chicago"),
        )
    )
    tool(
        environment,
        *("connect", "--registration", str(registration["id"]), "--kind", name),
        *("--api-url", url, "--token-env", f"{name.upper()}_TOKEN"),
    )


def say_what_to_click(platforms: dict[str, str]) -> None:
    print(
        f"""
Personal Plans is ready.

  Open   {platforms["canvas"]}/
  (the same in a Moodle-like LMS: {platforms["moodle"]}/)

  1. Choose a student or a teacher, then "Open Personal Plans" in Algebra I: plans are at work there.
     The first student has a profile, goals, steps, a portfolio and a conference.
  2. In Moodle, or as a teacher of a new course: "Start plans here". The students come in.
  3. As a teacher choose a student, "Propose a goal", pick an assignment.
  4. On the LMS's page, change that student's grade; "Sync now" moves the goal.

Ctrl-C stops everything. `make demo` again keeps what you did; `make demo-reset` clears it.
""",
        flush=True,
    )


def stop_all(children: list[subprocess.Popen[bytes]]) -> None:
    for child in reversed(children):
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    for child in children:
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
