"""Notification decides who is told what, and tells each of them once."""
