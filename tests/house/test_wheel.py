"""The wheel carries templates, config and migrations, and starts from an environment with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.demo import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


BUILD = """
import sys
from hatchling.builders.wheel import WheelBuilder
print(next(WheelBuilder('.').build(directory=sys.argv[1], versions=['standard'])))
"""


def test_it_carries_what_it_needs_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "lti_tool/migrations/versions/0001_first_tables.py",
        "lti_tool/migrations/script.py.mako",
        "config/example.env",
        "config/alembic.ini",
        "config/gunicorn.conf.py",
        "templates/static/tokens.css",
        "templates/translations/es/LC_MESSAGES/messages.mo",
    ):
        assert needed in names
    assert [name for name in names if name.startswith("tests/")] == []


def test_it_migrates_and_serves_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The dependencies come from this environment by a path file; the tool only from the wheel."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    packages = next((home / "lib").glob("python3*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(here + "\n")
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path / "var"),
        "BIND": f"127.0.0.1:{port}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOW_PRIVATE_NETWORK": "1",
        "WEB_WORKERS": "1",
    }
    command = [str(home / "bin" / "python"), "-m", "lti_tool.cli"]
    outside = {"cwd": tmp_path, "env": environment}
    subprocess.run([*command, "migrate"], **outside, check=True, capture_output=True)
    with subprocess.Popen([*command, "serve"], **outside, stderr=subprocess.DEVNULL) as server:
        try:
            assert answers(f"http://127.0.0.1:{port}/readyz") == 200
            assert answers(f"http://127.0.0.1:{port}/lti/config") == 200
        finally:
            server.terminate()


def answers(url: str, seconds: float = 90) -> int:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return int(answer.status)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
