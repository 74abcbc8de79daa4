"""The pure core of finance: money in fen, double entry, caps, bank lines, reconciliation."""
