"""The domain of the formal check: what a call asks for, what came in, and what is missing."""
