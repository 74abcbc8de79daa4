"""All metric names in one place, and the one object that counts."""

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from services.chassis.batch import Batch


BATCH_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """Counters, gauges and histograms of one service; per batch, never per message."""

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
        self.outbox_age = self._gauge(
            "mingjing_outbox_age_seconds", "For how long the outbox has not been empty.", label
        )
        self.lag = self._gauge("mingjing_lag_records", "Records in the log not yet applied.", label)
        self.lag_seconds = self._gauge(
            "mingjing_lag_seconds", "Since when the service has been behind the log.", label
        )
        self.parked_keys = self._gauge(
            "mingjing_parked_keys", "Keys that wait behind a refused record.", label
        )
        self.breaker = self._gauge(
            "mingjing_circuit_breaker_tripped", "1 while the circuit breaker stops intake.", label
        )
        self.batch_size = self._histogram(
            "mingjing_batch_size", "Causes applied per transaction.", BATCH_SIZES, label
        )
        self.commit_seconds = self._histogram(
            "mingjing_commit_seconds",
            "One transaction, from sending it to its reply.",
            SECONDS,
            label,
        )
        self.relay_seconds = self._histogram(
            "mingjing_relay_seconds",
            "One turn of the relay, until the broker has it.",
            SECONDS,
            label,
        )
        self.requests = Histogram(
            "mingjing_http_seconds", "HTTP requests, by method and status.", ["service", "method", "status"],
            buckets=SECONDS, registry=self.registry,
        )  # fmt: skip

    def committed(self, batch: "Batch") -> None:
        """Count one committed batch."""
        self.transactions.inc()
        self.applied.inc(batch.applied)
        self.duplicates.inc(batch.duplicates)
        self.emitted.inc(len(batch.emitted))
        self.letters.inc(len(batch.letters))
        self.outbox_waiting.inc(len(batch.emitted))
        self.batch_size.observe(batch.applied)
        self.parked_keys.set(len(batch.parked))

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, label: dict[str, str]) -> Counter:
        return Counter(name, meaning, list(label), registry=self.registry).labels(**label)

    def _gauge(self, name: str, meaning: str, label: dict[str, str]) -> Gauge:
        return Gauge(name, meaning, list(label), registry=self.registry).labels(**label)

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], label: dict[str, str]
    ) -> Histogram:
        it = Histogram(name, meaning, list(label), buckets=buckets, registry=self.registry)
        return it.labels(**label)
