"""The command line: `python -m bench aot [op ...] [--device h100] [--write]`."""

import argparse
import sys
from pathlib import Path

from ..names import select
from . import devices

JSON = Path("build/aot/aot.json")
DEVICES = ("h100", "v5e", "8xh100")


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench aot", description=__doc__)
    parser.add_argument("ops", nargs="*", metavar="op", help="var, conv2d, losses.dice_loss ...")
    parser.add_argument("--device", choices=DEVICES, action="append", help="all three if none")
    parser.add_argument("--write", action="store_true", help="renew the baseline")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """0 if nothing got worse, 1 if something did, 2 for an unknown name or a missing extra."""
    options = parse(argv)
    devices.prepare()
    try:
        devices.check()
        chosen = select(options.ops)
    except (devices.MissingExtra, KeyError) as error:
        print(error.args[0], file=sys.stderr)
        return 2
    from .run import run

    return run(chosen, tuple(options.device or DEVICES), options.write, JSON)
