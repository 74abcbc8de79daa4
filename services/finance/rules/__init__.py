"""The pure core of finance: money in integer fen, double entry, caps, bank lines, reconciliation."""
