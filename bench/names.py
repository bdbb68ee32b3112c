"""Which ops to time. Imports neither jax nor torch: threads are pinned before either is loaded."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import replace

from parity_tests._spec import Case, Op, case, t
from parity_tests.specs import OPS

OWN_NAMESPACE = ("channels", "losses", "rewrite")
HALF = {  # timed in bfloat16 too: what a network in mixed precision spends its time on
    *("sum", "mean", "amax", "logsumexp", "nn.functional.softmax", "nn.functional.log_softmax"),
    *("nn.functional.conv1d", "nn.functional.conv2d", "nn.functional.conv_transpose2d"),
    *("nn.functional.linear", "nn.functional.scaled_dot_product_attention"),
    *("nn.functional.batch_norm", "nn.functional.instance_norm", "nn.functional.group_norm"),
    *("nn.functional.layer_norm", "nn.functional.rms_norm"),
    *("nn.functional.relu", "nn.functional.gelu", "nn.functional.silu"),
    *("nn.functional.max_pool2d", "nn.functional.avg_pool2d"),
    *("nn.functional.adaptive_avg_pool2d", "nn.functional.interpolate"),
    "channels.merge_by_norm",
}

MORE: dict[str, dict[str, Case]] = {  # calls for which an op has other code than for its bench case
    "nn.functional.conv2d": {
        "depthwise": case(t(8, 64, 56, 56), t(64, 1, 3, 3), padding=1, groups=64),
        "grouped": case(t(4, 128, 28, 28), t(128, 16, 3, 3), padding=1, groups=8),
        "1x1": case(t(8, 256, 28, 28), t(64, 256, 1, 1)),
        "stem": case(t(4, 3, 224, 224), t(64, 3, 7, 7), stride=2, padding=3),
    },
}


def namespace(family: str) -> str:
    """Where in `jaxchan` the ops of a family are public; "" is `jaxchan` itself."""
    if family.startswith("nn.functional."):
        return "nn.functional"
    first = family.partition(".")[0]
    return first if first in (*OWN_NAMESPACE, "linalg", "masked") else ""


def public(family: str, name: str) -> str:
    """An op's public path within `jaxchan`."""
    return ".".join(filter(None, [namespace(family), name]))


def timed() -> dict[tuple[str, str], Op]:
    """The specs that have a bench case."""
    return {key: spec for key, spec in OPS.items() if spec.bench is not None}


def kinds(family: str, name: str, spec: Op) -> dict[str, Op]:
    """The spec under the name of its rows, with its bench case and with each of `MORE`."""
    op = public(family, name)
    more = {f"{op} {kind}": replace(spec, bench=one) for kind, one in MORE.get(op, {}).items()}
    return {op: spec, **more}


def dtypes(family: str, name: str) -> tuple[str, ...]:
    """What an op is timed in."""
    return ("float32", "bfloat16") if public(family, name) in HALF else ("float32",)


def select(wanted: Iterable[str]) -> dict[tuple[str, str], Op]:
    """The ops of these names, or all; KeyError says which names are closest to an unknown one."""
    specs, wanted = timed(), tuple(wanted)
    known = {text for key in specs for text in (key[1], public(*key))}
    for text in wanted:
        if text not in known:
            close = difflib.get_close_matches(text, sorted(known), cutoff=0)
            raise KeyError(f"no op {text!r} to time; the closest are: {', '.join(close)}")
    return {
        key: spec
        for key, spec in specs.items()
        if not wanted or key[1] in wanted or public(*key) in wanted
    }


def pin(threads: int) -> None:
    """Give both libraries the same CPUs; to be called before either is imported."""
    if hasattr(os, "sched_setaffinity"):
        # XLA sizes its thread pool by the CPUs that it may run on
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if threads == 1:
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()


def cores() -> int:
    """How many CPUs this process may use."""
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available else os.cpu_count() or 1
