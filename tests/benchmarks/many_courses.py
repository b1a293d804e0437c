"""A small Canvas-like LMS of many equal courses, with Canvas's own leaky buckets (canvas.md §7)."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sandbox_lms.canvas_api_throttle import HIGH_WATER, Throttle

# What a request costs Canvas besides what it holds while in flight: seconds of its CPU and database.
COST = 0.15


@dataclass
class ManyCourses:
    """`courses` of `students` × `items`; every answer takes `latency` seconds.

    lowest: the least that remained in a bucket. refused: answers "Rate Limit Exceeded". served: by path.
    """

    courses: int
    students: int
    items: int
    latency: float
    lowest: float = HIGH_WATER
    refused: int = 0
    served: int = 0
    most_at_once: int = 0
    _at_once: int = 0
    throttle: Throttle = field(default_factory=Throttle)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> str:
        """Listen; the address."""
        lms = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                lms.answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                lms.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.url

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """In the bucket of its token while it takes its time, as in Canvas."""
        token = handler.headers.get("Authorization") or "token door"
        with self.lock:
            self.served += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        entered = self.throttle.enter(token)
        time.sleep(self.latency)
        with self.lock:
            self._at_once -= 1
            if entered:
                bucket = self.throttle.buckets[token]
                self.lowest = min(self.lowest, HIGH_WATER - bucket.count)
            else:
                self.refused += 1
        if not entered:
            self._send(handler, 403, b"403 Forbidden (Rate Limit Exceeded)\n", "text/plain", 0.0)
            return
        body = json.dumps(self._body(handler.path)).encode()
        _cost, left = self.throttle.leave(token, COST)
        self._send(handler, 200, body, "application/json", left)

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str, left: float
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("X-Rate-Limit-Remaining", str(left))
        handler.send_header("X-Request-Cost", str(COST))
        handler.end_headers()
        handler.wfile.write(body)

    def _body(self, path: str) -> Any:
        parts = urlsplit(path)
        words, query = parts.path.strip("/").split("/"), parse_qs(parts.query)
        if parts.path.endswith("/token"):
            return {"access_token": "service token", "token_type": "Bearer", "expires_in": 3600}
        if words[0] == "nrps":
            return {"members": [self._member(n) for n in range(self.students)]}
        number = int(words[3].rpartition(":")[2]) if len(words) > 3 and words[2] == "courses" else 0
        if len(words) == 4 and number:
            return {
                "id": number,
                "name": f"Course {number}",
                "time_zone": "UTC",
                "workflow_state": "available",
            }
        if words[-1] == "assignment_groups":
            return [{"id": 1, "name": "Work", "assignments": [self._item(n) for n in range(self.items)]}]
        if words[-1] == "submissions" and not ({"graded_since", "submitted_since"} & set(query)):
            return [self._cell(n, m) for n in range(self.students) for m in range(self.items)]
        return []

    def _member(self, number: int) -> dict[str, Any]:
        claim = "https://purl.imsglobal.org/spec/lti/claim/"
        return {
            "user_id": f"sub-{number}",
            "status": "Active",
            "name": f"Learner {number}",
            "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            "message": [{f"{claim}custom": {"canvas_user_id": str(1000 + number)}}],
        }

    def _item(self, number: int) -> dict[str, Any]:
        return {
            "id": 10 + number,
            "name": f"Homework {number}",
            "points_possible": 20,
            "grading_type": "points",
            "published": True,
            "position": number,
        }

    def _cell(self, student: int, item: int) -> dict[str, Any]:
        now = datetime(2026, 3, 2, tzinfo=UTC).isoformat()
        return {
            "id": student * 100 + item,
            "user_id": 1000 + student,
            "assignment_id": 10 + item,
            "score": float((student + item) % 20),
            "grade": str((student + item) % 20),
            "workflow_state": "graded",
            "graded_at": now,
            "posted_at": now,
            "submitted_at": now,
            "grade_matches_current_submission": True,
        }
