"""What is changed in a what-if, as data: any of these, or several together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.values import Instant

Fen = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Mark(BaseModel):
    """One changed score: points a reviewer gives an application on a criterion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    application_id: str
    reviewer_id: str
    criterion_id: str
    points: Annotated[int, Field(ge=0)]


class Channel(BaseModel):
    """Another rule for a way in: when it closes, and what decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    closes_before: Instant | None = None
    basis: Literal["dispatch_day", "receipt"] | None = None


class Changes(BaseModel):
    """Nothing named means nothing changed.

    `selection`: fields of the selection policy, e.g. budget_fen, awards_max, amount_max_fen,
    when_over_budget, total_min. `weights`: criterion → positive weight, relative to the others, which stay.
    `aggregation`: fields of the aggregation policy. `deadline`: every window of the call closes then,
    and the eligibility rules' dates move with it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule_pack: dict[str, Any] | None = None
    deadline: Instant | None = None
    channels: dict[str, Channel] = Field(default_factory=dict)
    selection: dict[str, Any] = Field(default_factory=dict)
    weights: dict[str, int] = Field(default_factory=dict)
    aggregation: dict[str, Any] = Field(default_factory=dict)
    scores: tuple[Mark, ...] = ()

    @model_validator(mode="after")
    def _no_float(self) -> "Changes":
        for name, value in {**self.selection, **self.aggregation}.items():
            if isinstance(value, float):
                raise ValueError(f"{name}: write {value} as a whole number or as text")  # noqa: TRY004
        return self

    @property
    def said(self) -> dict[str, Any]:
        """What is changed, without what is not."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def instant(self) -> datetime | None:
        """The changed deadline."""
        return datetime.fromisoformat(self.deadline) if self.deadline else None


def changed(held: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON object with some fields replaced.

    Raises:
        KeyError: there is no such field; the message lists those there are.
    """
    if unknown := sorted(set(fields) - set(held)):
        raise KeyError(f"no field {', '.join(unknown)}; there are {', '.join(held)}")
    return {**held, **fields}
