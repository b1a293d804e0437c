"""The shape of JSON: which keys, which kinds of values, which keys may be missing. For comparing with
recordings, whose long lists end in a "…trimmed" note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Shape:
    """kinds: of plain values (a whole number and a fraction are both "number"). keys: of objects."""

    kinds: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    items: Shape | None = None
    objects: int = 0


def is_note(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("…trimmed")


def kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "object"


def learn(shape: Shape, value: Any) -> Shape:
    """Widen `shape` by one more recorded value."""
    if is_note(value):
        return shape
    shape.kinds.add(kind_of(value))
    if isinstance(value, list):
        for item in value:
            shape.items = learn(shape.items or Shape(), item)
    if isinstance(value, dict):
        _learn_object(shape, value)
    return shape


def _learn_object(shape: Shape, value: dict[str, Any]) -> None:
    seen_before = set(shape.keys)
    for key, inner in value.items():
        if key not in seen_before and shape.objects:
            shape.optional.add(key)
        shape.keys[key] = learn(shape.keys.get(key, Shape()), inner)
    shape.optional |= seen_before - set(value)
    shape.objects += 1


def differences(shape: Shape, value: Any, where: str = "answer") -> Iterator[str]:
    """Each way in which `value` is not of the recorded shape, in words."""
    if kind_of(value) not in shape.kinds:
        yield f"{where} is {kind_of(value)}; recorded: {sorted(shape.kinds)}"
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if shape.items is not None:
                yield from differences(shape.items, item, f"{where}[{place}]")
    elif isinstance(value, dict):
        for key in sorted(set(value) - set(shape.keys)):
            yield f"{where}.{key} was never recorded"
        for key in sorted(set(shape.keys) - set(value) - shape.optional):
            yield f"{where}.{key} is missing"
        for key in sorted(set(value) & set(shape.keys)):
            yield from differences(shape.keys[key], value[key], f"{where}.{key}")
