"""Ops watches: it reads every topic, publishes nothing, and answers what happened, where and why."""
