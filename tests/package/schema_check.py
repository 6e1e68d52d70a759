"""The few words of JSON Schema that docs/access-package.schema.json uses; any other word is an error, not a pass."""

from __future__ import annotations

from datetime import date, datetime

WORDS = {
    "$schema", "$defs", "$ref", "title", "description", "type", "required", "additionalProperties", "properties",
    "items", "const", "enum", "format", "minimum",
}  # fmt: skip
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def faults(value: object, schema: dict, root: dict | None = None, at: str = "$") -> list[str]:
    """Every place where `value` is not what `schema` says."""
    root = root or schema
    assert not schema.keys() - WORDS, schema.keys() - WORDS
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    found = []
    if "type" in schema and not _is_any(value, schema["type"]):
        found.append(f"{at}: not {schema['type']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: not one of {schema['enum']}")
    if "minimum" in schema and isinstance(value, int | float) and value < schema["minimum"]:
        found.append(f"{at}: below {schema['minimum']}")
    if isinstance(value, str) and "format" in schema:
        {"date": date.fromisoformat, "date-time": datetime.fromisoformat}[schema["format"]](value)
    if isinstance(value, list) and "items" in schema:
        found += [f for n, v in enumerate(value) for f in faults(v, schema["items"], root, f"{at}[{n}]")]
    if isinstance(value, dict):
        found += [f"{at}: no {name}" for name in schema.get("required", ()) if name not in value]
        for name, member in value.items():
            part = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            if part is False:
                found.append(f"{at}: {name} is not known")
            elif part is not True:
                found += faults(member, part, root, f"{at}.{name}")
    return found


def _is_any(value: object, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    return any(isinstance(value, TYPES[n]) and not (isinstance(value, bool) and n in ("integer", "number")) for n in names)
