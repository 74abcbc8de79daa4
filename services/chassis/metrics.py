"""All metric names in one place, and the one object that counts."""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

if TYPE_CHECKING:
    from services.chassis.engine import Batch


class Metrics:
    """Counters and gauges of one service; per batch, never per message."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        label = {"service": service}
        self.applied = self._counter(
            "mingjing_causes_applied", "Records and commands applied.", label
        )
        self.duplicates = self._counter(
            "mingjing_records_duplicate", "Records dropped by watermark.", label
        )
        self.emitted = self._counter(
            "mingjing_events_emitted", "Events put into the outbox.", label
        )
        self.transactions = self._counter("mingjing_transactions", "Transactions committed.", label)
        self.letters = self._counter(
            "mingjing_dead_letters", "Records kept as dead letters.", label
        )
        self.lost_races = self._counter(
            "mingjing_head_races_lost", "Batches run again: another owner committed.", label
        )
        self.relayed = self._counter(
            "mingjing_events_relayed", "Events acknowledged by the broker.", label
        )
        self.relay_errors = self._counter(
            "mingjing_relay_errors", "Producers thrown away after an error.", label
        )
        self.outbox_waiting = self._gauge(
            "mingjing_outbox_waiting", "Events committed and not yet acknowledged.", label
        )
        self.lag = self._gauge("mingjing_lag_records", "Records in the log not yet applied.", label)

    def committed(self, batch: "Batch") -> None:
        """Count one committed batch."""
        self.transactions.inc()
        self.applied.inc(batch.applied)
        self.duplicates.inc(batch.duplicates)
        self.emitted.inc(len(batch.emitted))
        self.letters.inc(len(batch.letters))
        self.outbox_waiting.inc(len(batch.emitted))

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, label: dict[str, str]) -> Counter:
        return Counter(name, meaning, list(label), registry=self.registry).labels(**label)

    def _gauge(self, name: str, meaning: str, label: dict[str, str]) -> Gauge:
        return Gauge(name, meaning, list(label), registry=self.registry).labels(**label)
