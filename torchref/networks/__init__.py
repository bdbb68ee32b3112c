"""Whole networks in torch, with torchvision's names, as written by hand for torch users.

Each file has a twin of the same stem in `parity_tests/networks/`, in Flax. Widths are arguments, so
that tests can be narrow; the defaults are the published networks.
"""
