"""Whole networks in Flax on jaxchan.nn, the twins of torchref/networks, and their comparison."""
