"""Describe the door's API (OpenAPI 3.1), and hold requests against the description."""

import functools
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import fastjsonschema


class Malformed(ValueError):
    """A request is not what the description says; the message tells where, in French."""


@functools.cache
def text() -> str:
    """Return the description, as it is served."""
    return files("conf_app.door").joinpath("openapi.json").read_text("utf-8")


def check(name: str, value: object) -> Any:
    """Return a value that is what the schema of this name says; raise Malformed."""
    try:
        return _validator(name)(value)
    except fastjsonschema.JsonSchemaValueException as error:
        where = (error.name or "").removeprefix("data").lstrip(".") or "le corps"
        raise Malformed(f"{where} n’est pas ce que décrit «\u00a0{name}\u00a0».") from None


@functools.cache
def _validator(name: str) -> Callable[[object], Any]:
    components = json.loads(text())["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    validator: Callable[[object], Any] = fastjsonschema.compile(schema)
    return validator
