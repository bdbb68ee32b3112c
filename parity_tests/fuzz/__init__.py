"""Calls that nobody thought of: drawn by Hypothesis, judged like those of the specs."""
