"""The ops that a library has too, called so that it computes the very same; see `../README.md`."""
