"""What many waits come to."""

from statistics import quantiles


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Half and ninety-nine hundredths of the waits, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {
        "p50_ms": round(cuts[49] * 1e3, 1), "p99_ms": round(cuts[98] * 1e3, 1),
        "max_ms": round(max(seconds) * 1e3, 1),
    }  # fmt: skip
