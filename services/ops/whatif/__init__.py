"""What if: the pure rules run again over the recorded evidence, with something changed."""
