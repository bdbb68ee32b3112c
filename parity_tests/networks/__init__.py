"""Whole networks in Flax on jaxchan.nn, the twins of torchref/networks, and what must hold of them."""
