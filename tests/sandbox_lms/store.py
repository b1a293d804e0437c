"""The practice LMS's worlds in one JSON file, written whole and then moved into place."""

from __future__ import annotations

import json
import os
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from tests.sandbox_lms.lti_state import PlatformKey
from tests.sandbox_lms.world import World

NOT_KEPT = {"issuer", "faults", "requests", "lock", "clock", "lti"}


class BadState(Exception):
    """The state file cannot be read; the message says which and why."""


def save(path: Path, worlds: Mapping[str, World]) -> None:
    """All worlds, atomically: a reader sees the old file or the new one, never half of one."""
    content = {name: _world_to_json(world) for name, world in worlds.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".new")
    half.write_text(json.dumps(content, ensure_ascii=False))
    os.replace(half, path)


def load(path: Path, worlds: Mapping[str, World]) -> bool:
    """Put what the file holds into the given worlds; False when there is no file. BadState if unreadable."""
    if not path.exists():
        return False
    try:
        content = json.loads(path.read_text())
        for name, world in worlds.items():
            if name in content:
                _fill(world, content[name])
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as wrong:
        raise BadState(f"{path} is not a state file of the practice LMS: {wrong!r}") from wrong
    return True


def _world_to_json(world: World) -> dict[str, Any]:
    with world.lock:
        kept = [f.name for f in fields(World) if f.name not in NOT_KEPT]
        content = {name: to_json(getattr(world, name)) for name in kept}
        content["keys"] = to_json(world.lti.keys)
        return content


def _fill(world: World, content: dict[str, Any]) -> None:
    hints = get_type_hints(World)
    for field in fields(World):
        if field.name in content and field.name not in NOT_KEPT:
            setattr(world, field.name, from_json(hints[field.name], content[field.name]))
    world.lti.keys = from_json(list[PlatformKey], content.get("keys", []))


def to_json(value: Any) -> Any:
    """Dataclasses, times, decimals and keys of any kind as plain JSON; the type hints know the way back."""
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {_key(k): to_json(v) for k, v in value.items()}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _key(key: Any) -> str:
    return ",".join(map(str, key)) if isinstance(key, tuple) else str(key)


def from_json(kind: Any, value: Any) -> Any:
    """The value as the hinted type; unknown fields are left out, absent ones take their default."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return from_json(next(k for k in inner if k is not type(None)), value)
    if origin is set:
        return {from_json(inner[0], v) for v in value}
    if origin is list:
        return [from_json(inner[0], v) for v in value]
    if origin is dict:
        return {_key_from(inner[0], k): from_json(inner[1], v) for k, v in value.items()}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        given = {k: from_json(hints[k], v) for k, v in value.items() if k in hints}
        return kind(**given)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value


def _key_from(kind: Any, text: str) -> Any:
    if get_origin(kind) is tuple:
        return tuple(int(part) for part in text.split(","))
    return int(text) if kind is int else text
