"""The few words the shape of a call file is written in; each gives a piece of JSON Schema."""

Shape = dict[str, object]


def text(says: str) -> Shape:
    """A text that is not blank."""
    return {"type": "string", "pattern": r"\S", "description": says}


def whole(says: str, low: int, high: int) -> Shape:
    """A whole number between two bounds, both included."""
    return {"type": "integer", "minimum": low, "maximum": high, "description": says}


def flag(says: str) -> Shape:
    return {"type": "boolean", "description": says}


def choice(says: str, *values: str) -> Shape:
    return {"enum": list(values), "description": says}


def day(says: str) -> Shape:
    """A calendar day, YYYY-MM-DD, that exists."""
    return {"type": "string", "format": "date", "description": says}


def month(says: str) -> Shape:
    """A month, YYYY-MM: a date of that precision and no finer."""
    return {"type": "string", "format": "month", "description": says}


def instant(says: str) -> Shape:
    """An ISO 8601 instant with its offset."""
    return {"type": "string", "format": "date-time", "description": says}


def two_languages(says: str) -> Shape:
    """A text, once per language."""
    return record(says, {"zh": text("In Chinese."), "en": text("In English.")})


def listed(says: str, entry: Shape, least: int = 0) -> Shape:
    return {"type": "array", "items": entry, "minItems": least, "description": says}


def nothing_or(shape: Shape) -> Shape:
    """The shape, or null."""
    if "enum" in shape:
        return {**shape, "enum": [*_values(shape), None]}
    return {**shape, "type": [shape["type"], "null"]}


def _values(shape: Shape) -> list[object]:
    values = shape["enum"]
    assert isinstance(values, list)
    return values


def open_object(says: str) -> Shape:
    """An object nobody but people reads yet."""
    return {"type": "object", "description": says}


def record(
    says: str, required: dict[str, Shape], optional: dict[str, Shape] | None = None
) -> Shape:
    """An object with these keys and no others: a misspelt key is an error, not a silent default."""
    return {
        "type": "object",
        "description": says,
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
