"""The command line: `python -m bench [op ...] [--threads N] [--rounds N] [--seconds-per-row S]`.

Without names: all ops, growth with size, and overheads. `scaling` stands for the last two,
`render` makes the page again from the JSON, and `summary [--write README.md]` what the README says.
`python -m bench aot [op ...]` reads programs for absent devices instead: see `aot/command.py`.
"""

import argparse
import sys
from pathlib import Path

from .names import cores, pin, select

JSON = Path("build/bench/bench.json")


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("ops", nargs="*", metavar="op", help="var, conv2d, losses.dice_loss ...")
    parser.add_argument("--threads", type=int, default=cores(), help="for each library; all cores")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds-per-row", type=float, default=2.0, help="slow ops take longer")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """0 if all rows were timed, 1 if results differ or we fail, 2 for a name that is not known."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["aot"]:
        from .aot.command import main as aot

        return aot(argv[1:])
    if argv[:1] == ["summary"]:
        return summarise(argv[1:])
    options = parse(argv)
    if options.ops == ["render"]:
        return render()
    whole = not options.ops or "scaling" in options.ops
    wanted = [name for name in options.ops if name != "scaling"]
    try:
        chosen = select(wanted) if wanted or not options.ops else {}
    except KeyError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    pin(options.threads)
    from .run import run

    return run(chosen, options.threads, options.rounds, options.seconds_per_row, JSON, whole)


def render() -> int:
    """The page from the JSON of the last run."""
    from . import page, report

    page.write(report.read(JSON), JSON.with_suffix(".html"))
    return 0


def summarise(argv: list[str]) -> int:
    """The last run in Markdown, printed or into a README; 1 for a run that must not stand there."""
    from parity_tests.surprises import renewed

    from . import report, summary

    parser = argparse.ArgumentParser("python -m bench summary", description=summarise.__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="the README to renew")
    readme = parser.parse_args(argv).write
    result = report.read(JSON)
    if readme is None:
        print(summary.markdown(result), end="")
        return 0
    try:
        summary.check_whole(result)
        readme.write_text(renewed(readme.read_text(), "speed", summary.markdown(result)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
