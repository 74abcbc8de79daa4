"""Texts that a pattern matches, each choice tried once: enough to tell two patterns apart.

It reads the dialect that contracts use: literals, classes, groups with alternatives, repetition,
anchors at the ends. Anything else has no examples, and then the gate assumes the worst.
"""

from collections.abc import Iterator

EXAMPLES_MAX = 400
ESCAPES = {"d": "09", "w": "a9_", "s": " "}
BEYOND = 2
"""How many repetitions past the least an unbounded quantifier is tried with."""


class PatternUnknown(ValueError):
    """A pattern outside the dialect."""


def matching(pattern: str) -> list[str]:
    """Texts the pattern matches, the plainest first; empty when it is outside the dialect."""
    reader = _Reader(pattern.removeprefix("^").removesuffix("$"))
    try:
        found = reader.choice()
        if reader.rest():
            return []
    except (PatternUnknown, IndexError, ValueError):
        return []
    return list(dict.fromkeys(found))[:EXAMPLES_MAX]


class _Reader:
    """Recursive descent over the pattern; every rule returns texts that its part matches."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def rest(self) -> str:
        return self.text[self.at :]

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def skip(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def choice(self) -> list[str]:
        texts = self.sequence()
        while self.skip("|"):
            texts = texts + self.sequence()
        return texts

    def sequence(self) -> list[str]:
        texts = [""]
        while self.rest() and self.rest()[0] not in "|)":
            texts = _joined(texts, self.repeated(self.atom()))
        return texts

    def atom(self) -> list[str]:
        if self.skip("("):
            self.skip("?:")
            texts = self.choice()
            if not self.skip(")"):
                raise PatternUnknown(self.text)
            return texts
        if self.skip("["):
            return list(self.characters())
        one = self.take()
        if one == "\\":
            return list(self.escaped())
        if one in "^$*+?{":
            raise PatternUnknown(self.text)
        return list("xé明") if one == "." else [one]

    def escaped(self) -> str:
        one = self.take()
        if one.isalnum() and one not in ESCAPES:
            raise PatternUnknown(self.text)
        return ESCAPES.get(one, one)

    def characters(self) -> str:
        if self.rest().startswith("^"):
            raise PatternUnknown(self.text)
        found = ""
        while not self.skip("]"):
            one = self.take()
            one = self.escaped() if one == "\\" else one
            if self.rest()[0] == "-" and self.rest()[1] != "]":
                self.take()
                found += one + self.take()
            else:
                found += one
        return found

    def repeated(self, unit: list[str]) -> list[str]:
        least, most = self.quantifier()
        if (least, most) == (1, 1):
            return unit
        varied = [text * max(least, 1) for text in unit] if most else []
        return [unit[0] * least, *varied, *(unit[0] * n for n in (least + 1, most) if n <= most)]

    def quantifier(self) -> tuple[int, int]:
        for sign, bounds in {"?": (0, 1), "*": (0, BEYOND), "+": (1, 1 + BEYOND)}.items():
            if self.skip(sign):
                return bounds
        if not self.skip("{"):
            return 1, 1
        inside, _, _ = self.rest().partition("}")
        self.at += len(inside) + 1
        least, comma, most = inside.partition(",")
        return int(least), int(most or (int(least) + BEYOND if comma else least))


def _joined(heads: list[str], tails: list[str]) -> list[str]:
    """Every head with the plainest tail, and the plainest head with every tail."""
    return list(_pairs(heads, tails))[:EXAMPLES_MAX]


def _pairs(heads: list[str], tails: list[str]) -> Iterator[str]:
    yield from (head + tails[0] for head in heads)
    yield from (heads[0] + tail for tail in tails[1:])
