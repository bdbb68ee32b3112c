"""Programs for an H100 and a TPU v5e that are not there: `python -m bench aot [op ...]`."""
