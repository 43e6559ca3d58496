"""The benchmark: `python -m tests.bench`. What it measures is in the parts beside this file."""
