"""Replays over the whole log: any moment, every decision, two runs. Nothing leaves them."""
