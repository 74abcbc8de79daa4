"""A problem in what somebody sent: where, what, and how to mend it, in both languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `where` is a dotted path into what was sent; `code` never changes."""

    where: str
    code: str
    en: str
    zh: str

    def document(self) -> dict[str, str]:
        """The problem as JSON members."""
        return {"where": self.where, "code": self.code, "en": self.en, "zh": self.zh}
