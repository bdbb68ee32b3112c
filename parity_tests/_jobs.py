"""The ops of a run, spread over worker processes.

Not in `__main__`, which a spawned process cannot import.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import jax
import torch
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from jaxchan.parity._finding import Finding

from . import _photos
from ._platforms import Algorithms, choosing
from ._report import Outcome
from .networks import _run as networks

Key = tuple[str, str]
Run = Callable[[str, str], Sequence[Finding]]

PHOTOS = ("photographs", "photos")
NETWORKS = [("networks", name) for name in networks.NAMES]
LONGEST = ("unique", "unique_consecutive", "norm", "prod", "nansum", "nanmean", "photos")
LONGEST += ("convnext", "mobilenet_v2", "shufflenet_v2", "deeplabv3")


def collect(
    keys: Sequence[Key],
    jobs: int,
    console: Console,
    run: Run,
    full: bool = False,
    algorithms: Algorithms = Algorithms.CPU,
) -> list[Outcome]:
    """Examine the ops in `jobs` processes."""
    outcomes: dict[Key, Outcome] = {}
    # an op that takes long must not be the last to start
    order = sorted(keys, key=lambda key: key[1] not in LONGEST)
    columns = [*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn()]
    context = get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(keys)), context, _prepare, (algorithms,))
    try:
        futures = {pool.submit(examine, run, *key, full): key for key in order}
        with Progress(*columns, TextColumn("{task.fields[op]}"), console=console) as progress:
            task = progress.add_task("comparing", total=len(keys), op="")
            for future in as_completed(futures):
                key = futures[future]
                outcomes[key] = _outcome(key, future)
                progress.update(task, advance=1, op=key[1])
    finally:
        pool.shutdown(cancel_futures=True)
    return [outcomes[key] for key in keys]


def _prepare(algorithms: Algorithms = Algorithms.CPU) -> None:
    """Set a worker process up: torch's dtypes, and no silent promotion on JAX's side."""
    if algorithms != Algorithms.CPU:
        jax.lax.platform_dependent = choosing(algorithms)
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
    torch.set_num_threads(1)


def examine(run: Run, family: str, name: str, full: bool = False) -> Outcome:
    """All findings about one op; an exception is one of them. `full` is for networks."""
    start, pictures = time.perf_counter(), ()
    try:
        if (family, name) == PHOTOS:
            findings, pictures = _photos.run()
        elif (family, name) in NETWORKS:
            findings, pictures = networks.run(name, full)
        else:
            findings = run(family, name)
    except Exception:
        findings = [Finding("value", "fail", where="raised", detail=traceback.format_exc())]
    # thousands of compiled programs in one process exhaust its memory maps
    jax.clear_caches()
    return Outcome(family, name, tuple(findings), time.perf_counter() - start, tuple(pictures))


def _outcome(key: Key, future: Future[Outcome]) -> Outcome:
    """The result of `future`; a process that died takes its op, and those that waited, with it."""
    error = future.exception()
    if error is None:
        return future.result()
    detail = f"the process that compared it died: {error}"
    return Outcome(*key, (Finding("value", "fail", where="died", detail=detail),))
