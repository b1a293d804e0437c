"""A Canvas-like LMS in a process of its own that answers from bytes made beforehand.

So that a benchmark measures the reader and not the practice LMS: no framework, no rules, a given
latency. `with canned(students=1000, columns=20, latency=0.05) as lms: lms.url`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

PAGE, NRPS_PAGE = 100, 50
ROSTER = ("/nrps", "/sections", "/groups", "/enrollments")
FIRST_DAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def submission(number: int, student: int, column: int) -> dict[str, Any]:
    """A row as Canvas writes it with the fields left that are usually not excluded (canvas.md §5.1)."""
    at = (FIRST_DAY + timedelta(days=column, minutes=student)).strftime("%Y-%m-%dT%H:%M:%SZ")
    score = 10 + (student + column) % 10
    return {
        "id": number,
        "user_id": student,
        "assignment_id": column,
        "score": float(score),
        "grade": str(score),
        "excused": False,
        "submitted_at": at,
        "graded_at": at,
        "posted_at": at,
        "cached_due_date": at,
        "workflow_state": "graded",
        "grade_matches_current_submission": True,
        "late": False,
        "missing": False,
        "custom_grade_status_id": None,
        "assignment_visible": True,
    }


class Canned:
    """All answers by path; submissions by column, each row as bytes."""

    def __init__(self, students: int, columns: int, latency: float) -> None:
        self.students, self.columns, self.latency = students, columns, latency
        self.rows = {
            column: [
                json.dumps(submission(column * students + student, student, column)).encode()
                for student in range(1, students + 1)
            ]
            for column in range(1, columns + 1)
        }
        self.changed: list[tuple[datetime, bytes]] = []
        self.requests = self.roster = 0

    def answer(self, path: str, query: dict[str, list[str]], host: str) -> tuple[Any, str]:
        """(JSON or bytes, Link header)."""
        if path.endswith("/students/submissions"):
            return self._submissions(path, query, host)
        if path.endswith("/assignment_groups"):
            return [{"id": 1, "name": "Homework", "assignments": self._assignments()}], ""
        if path.endswith(("/sections", "/groups", "/grading_standards", "/enrollments")):
            return [], ""
        if path == "/nrps":
            return self._members(query, host)
        if path == "/token":
            return {"access_token": "a token", "token_type": "Bearer", "expires_in": 3600}, ""
        if path == "/change":
            return self._change(int(query["student"][0]), int(query["column"][0])), ""
        if path == "/count":
            return {"requests": self.requests, "roster": self.roster}, ""
        if path.endswith((*ROSTER, "/grading_standards")):
            return [], ""
        return {"id": 1, "name": "Course", "time_zone": "America/Chicago"}, ""

    def _assignments(self) -> list[dict[str, Any]]:
        return [
            {
                "id": column,
                "name": f"Homework {column}",
                "points_possible": 20.0,
                "grading_type": "points",
                "published": True,
                "position": column,
                "due_at": (FIRST_DAY + timedelta(days=column)).isoformat(),
                "submission_types": ["online_upload"],
            }
            for column in range(1, self.columns + 1)
        ]

    def _submissions(self, path: str, query: dict[str, list[str]], host: str) -> tuple[Any, str]:
        since = query.get("graded_since") or query.get("submitted_since")
        if since:
            edge = datetime.fromisoformat(since[0])
            rows = [row for at, row in self.changed if at > edge]
        else:
            columns = [int(name) for name in query.get("assignment_ids[]", [])] or list(self.rows)
            rows = [row for column in columns for row in self.rows[column]]
        start = int(query.get("page", ["bookmark:0"])[0].partition(":")[2])
        link = self._link(path, query, host, start + PAGE) if start + PAGE < len(rows) else ""
        return b"[" + b",".join(rows[start : start + PAGE]) + b"]", link

    def _members(self, query: dict[str, list[str]], host: str) -> tuple[Any, str]:
        size = min(int(query.get("limit", [NRPS_PAGE])[0]), 1000)
        start = int(query.get("page", ["bookmark:0"])[0].partition(":")[2])
        members = [member(number) for number in range(start + 1, min(start + size, self.students) + 1)]
        link = self._link("/nrps", query, host, start + size) if start + size < self.students else ""
        return {"id": host, "context": {"id": "course"}, "members": members}, link

    def _link(self, path: str, query: dict[str, list[str]], host: str, start: int) -> str:
        again = {**query, "page": [f"bookmark:{start}"]}
        return f'<http://{host}{path}?{urlencode(again, doseq=True)}>; rel="next"'

    def _change(self, student: int, column: int) -> dict[str, Any]:
        row = json.loads(self.rows[column][student - 1])
        at = datetime.now(UTC)
        row |= {"score": 3.0, "grade": "3", "graded_at": at.isoformat(), "posted_at": at.isoformat()}
        self.rows[column][student - 1] = json.dumps(row).encode()
        self.changed.append((at, self.rows[column][student - 1]))
        return row

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open: request after request."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                if length := int(headers.get("content-length", 0)):
                    await reader.readexactly(length)
                parts = urlsplit(lines[0].split(" ")[1])
                if parts.path not in ("/change", "/count"):
                    self.requests += 1
                    self.roster += parts.path.endswith(ROSTER)
                    await asyncio.sleep(self.latency)
                found, link = self.answer(parts.path, parse_qs(parts.query), headers["host"])
                body = found if isinstance(found, bytes) else json.dumps(found).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    + f"Content-Length: {len(body)}\r\n".encode()
                    + (f"Link: {link}\r\n".encode() if link else b"")
                    + b"X-Request-Cost: 0.3\r\nX-Rate-Limit-Remaining: 599.7\r\n\r\n"
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def member(number: int) -> dict[str, Any]:
    """A learner as NRPS writes them, with the custom fields that `rlid` brings."""
    return {
        "status": "Active",
        "user_id": f"sub-{number}",
        "name": f"Given{number} Family{number}",
        "given_name": f"Given{number}",
        "family_name": f"Family{number}",
        "email": f"person{number}@example.invalid",
        "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        "message": [
            {
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                "https://purl.imsglobal.org/spec/lti/claim/custom": {"canvas_user_id": str(number)},
            }
        ],
    }


@dataclass(frozen=True)
class Running:
    """url: where it listens."""

    url: str

    def count(self) -> tuple[int, int]:
        """Requests answered so far: those for grades, and those for who is in the course."""
        found = requests.get(self.url + "/count", timeout=10).json()
        return found["requests"] - found["roster"], found["roster"]

    def change(self, student: int, column: int) -> None:
        """Somebody grades one cell now."""
        requests.get(f"{self.url}/change?student={student}&column={column}", timeout=10)


@contextmanager
def canned(*, students: int, columns: int, latency: float) -> Iterator[Running]:
    """The server as a process, until the block ends."""
    command = [sys.executable, "-m", "tests.benchmarks.canned", str(students), str(columns), str(latency)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield Running(child.stdout.readline().strip())
    finally:
        child.terminate()
        child.wait(10)


async def _main(students: int, columns: int, latency: float) -> None:
    server = await asyncio.start_server(Canned(students, columns, latency).serve, "127.0.0.1", 0, limit=2**20)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("students", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("latency", type=float)
    given = parser.parse_args()
    asyncio.run(_main(given.students, given.columns, given.latency))
