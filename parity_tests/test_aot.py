"""Programs for absent devices: what is read from their texts, and what a worse figure does."""

import json
from dataclasses import asdict, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec, SingleDeviceSharding

from bench.__main__ import main
from bench.aot import baseline, compiling, devices, program, promise
from bench.aot.compiling import Figures
from bench.aot.reasons import REASONS
from bench.aot.rows import DEVICES, SPLIT, Row, rows
from bench.names import public, timed

from ._spec import case, op, t

try:
    devices.check()
    LACKING = ""
except devices.MissingExtra as error:
    LACKING = str(error)
installed = pytest.mark.skipif(bool(LACKING), reason=LACKING)

FUSED = """\
HloModule jit_f, is_scheduled=true

%fused_add (p0: f32[8,4], p1: f32[8,4]) -> f32[8,4] {
  %p0 = f32[8,4]{1,0} parameter(0)
  %p1 = f32[8,4]{1,0} parameter(1)
  ROOT %add.1 = f32[8,4]{1,0} add(%p0, %p1)
}

ENTRY %main (x: f32[8,4], y: f32[8,4]) -> f32[8,4] {
  %x = f32[8,4]{1,0} parameter(0), metadata={op_name="x"}
  %y = f32[8,4]{1,0} parameter(1), metadata={op_name="y"}
  ROOT %fusion = f32[8,4]{1,0} fusion(%x, %y), kind=kLoop, calls=%fused_add
}
"""

CUTTING = """\
%fused_cut (p: f32[100,4], u: f32[1,4]) -> f32[2,4] {
  %p = f32[100,4]{1,0} parameter(0)
  %u = f32[1,4]{1,0} parameter(1)
  %flat = f32[400]{0} bitcast(%p)
  %cut = f32[2,4]{1,0} slice(%p), slice={[0:2], [0:4]}
  %other = f32[8]{0} slice(%flat), slice={[0:8]}
  ROOT %sum = f32[2,4]{1,0} add(%cut, %other)
}

%fused_put (p: f32[100,4], u: f32[1,4], at: s32[]) -> f32[100,4] {
  %p = f32[100,4]{1,0} parameter(0)
  %u = f32[1,4]{1,0} parameter(1)
  %at = s32[] parameter(2)
  ROOT %put = f32[100,4]{1,0} dynamic-update-slice(%p, %u, %at, %at)
}

ENTRY %main (x: f32[100,4], u: f32[1,4], at: s32[]) -> f32[100,4] {
  %x = f32[100,4]{1,0} parameter(0)
  %u = f32[1,4]{1,0} parameter(1)
  %at = s32[] parameter(2)
  %few = f32[2,4]{1,0} fusion(%x, %u), kind=kLoop, calls=%fused_cut
  ROOT %all = f32[100,4]{1,0} fusion(%x, %u, %at), kind=kLoop, calls=%fused_put
}
"""

CONVERTING = """\
%fused_first (p: bf16[100,4]) -> f32[1,4] {
  %p = bf16[100,4]{1,0} parameter(0)
  %wide = f32[100,4]{1,0} convert(%p)
  ROOT %cut = f32[1,4]{1,0} slice(%wide), slice={[0:1], [0:4]}
}

%fused_convert (p: bf16[100,4]) -> f32[100,4] {
  %p = bf16[100,4]{1,0} parameter(0)
  ROOT %wide = f32[100,4]{1,0} convert(%p)
}

ENTRY %main (x: bf16[100,4]) -> (f32[1,4], f32[100,4]) {
  %x = bf16[100,4]{1,0} parameter(0)
  %first = f32[1,4]{1,0} fusion(%x), kind=kLoop, calls=%fused_first
  %all = f32[100,4]{1,0} fusion(%x), kind=kLoop, calls=%fused_convert
  ROOT %both = (f32[1,4]{1,0}, f32[100,4]{1,0}) tuple(%first, %all)
}
"""

LOOP = """\
%body (s: (s32[], f32[8])) -> (s32[], f32[8]) {
  %s = (s32[], f32[8]{0}) parameter(0)
  %i = s32[] get-tuple-element(%s), index=0
  %v = f32[8]{0} get-tuple-element(%s), index=1
  %w = f32[8]{0} negate(%v)
  ROOT %t = (s32[], f32[8]{0}) tuple(%i, %w)
}

%cond (s: (s32[], f32[8])) -> pred[] {
  %s = (s32[], f32[8]{0}) parameter(0)
  ROOT %true = pred[] constant(true)
}

ENTRY %main (x: (s32[], f32[8])) -> (s32[], f32[8]) {
  %x = (s32[], f32[8]{0}) parameter(0)
  ROOT %while = (s32[], f32[8]{0}) while(%x), condition=%cond, body=%body, backend_config={TRIPS}
}
"""

ON_CHIP = """\
ENTRY %main (x: f32[64,56]) -> f32[64,56] {
  %x = f32[64,56]{1,0:T(8,128)} parameter(0)
  %start = (f32[64,56]{1,0:T(8,128)S(1)}, f32[64,56]{1,0:T(8,128)}, u32[]{:S(2)}) copy-start(%x)
  %done = f32[64,56]{1,0:T(8,128)S(1)} copy-done(%start)
  %mid = f32[64,56]{1,0:T(8,128)S(1)} negate(%done)
  ROOT %out = f32[64,56]{1,0:T(8,128)} exponential(%mid)
}
"""

THUNKS = """\
001: kCustomKernel [source | next=002 (1)] fusion grid: [1, 1, 1] threads: [64, 1, 1]
002: kCopy         [prev=001 (1) | next=003 (1)] kCopy
003: kWhile        [prev=002 (1) | next=005 (1)] while
    004: kCustomKernel [source | sink] body_fusion grid: [1, 1, 1] threads: [64, 1, 1]
005: kConvolution  [prev=003 (1) | sink] kConvolution
"""

PTXAS = """\
ptxas info    : Function properties for one
    0 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 32 registers, used 1 barriers
ptxas info    : Function properties for two
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 255 registers
"""


def traffic(text):
    return program.Module(text).traffic()


def test_a_fusion_costs_its_operands_and_result():
    assert traffic(FUSED) == 3 * 8 * 4 * 4


def test_a_conversion_costs_what_is_cut_from_it_or_all():
    first = 2 * 4 * 4
    assert traffic(CONVERTING) == first + (2 + 4) * 100 * 4


def test_what_is_cut_from_costs_the_cuts_and_an_update_in_place_the_update():
    cut = 2 * 4 * 4 + 8 * 4 + 2 * 4 * 4
    put = 2 * 4 * 4 + 4
    assert traffic(CUTTING) == cut + put


def test_overlapping_cuts_cost_the_whole_at_most():
    assert traffic(CUTTING.replace("[100,4]", "[2,4]")) == 2 * 2 * 4 * 4 + 2 * 4 * 4 + 4


def test_a_loop_counts_as_often_as_it_runs():
    known = LOOP.replace("TRIPS", '"known_trip_count":{"n":"5"}')
    assert traffic(known) == 5 * 2 * 8 * 4


def test_a_loop_without_a_trip_count_is_refused():
    with pytest.raises(program.NotCounted, match="trip count"):
        traffic(LOOP)


def test_a_conditional_is_refused():
    with pytest.raises(program.NotCounted, match="conditional"):
        traffic(FUSED.replace("fusion(%x, %y)", "conditional(%x, %y)"))


def test_a_refused_program_keeps_its_other_figures():
    figures = compiling.figures(compiling.Texts(LOOP, THUNKS, PTXAS, 64, 16))
    assert (figures.traffic, figures.launches, figures.temporary) == (None, 4, 16)
    assert "trip count" in figures.note


@pytest.mark.parametrize(
    ("types", "amount"),
    [
        ("f32[]", 4),
        ("f32[0,3]{1,0}", 0),
        ("bf16[3,5]{1,0}", 30),
        ("(f32[2]{0}, s8[3]{0})", 11),
        ("f32[64,56]{1,0:T(8,128)}", 64 * 128 * 4),
        ("f32[64,56]{0,1:T(8,128)}", 128 * 56 * 4),
        ("f32[3,5]{1,0:T(8,128)}", 8 * 128 * 4),
        ("f32[64,56]{1,0:T(8,128)S(1)}", 0),
        ("pred[4096]{0:T(1024)(128)(4,1)}", 4096),
    ],
)
def test_bytes_of_types(types, amount):
    assert program.size(types) == amount


def test_what_stays_on_the_chip_costs_nothing():
    assert traffic(ON_CHIP) == 2 * 64 * 128 * 4


def test_launches_are_kernels_copies_and_library_calls():
    assert program.launches(THUNKS) == (4, ["Convolution"])


def test_registers_are_the_most_and_spills_the_sum():
    assert program.registers(PTXAS) == (255, 20)
    assert program.registers("") == (0, 0)


def test_collectives_are_counted_by_kind():
    lines = "%a = f32[8] all-reduce-start(%x)\n%b = f32[8] all-reduce-done(%a)\n"
    lines += "%c = f32[8] all-gather(%b), to_apply=%all-reduce.1\n"
    assert program.collectives(lines) == {"all-gather": 1, "all-reduce": 1}


GOOD = Figures(launches=1, bytes=100, needed=100, traffic=1.0, temporary=0, registers=32, spilled=0)
VERSIONS = {"jax": "1"}


def entry(figures):
    return {"var forward h100": {"case": "3x4", **asdict(figures)}}


def judged(new, old=GOOD):
    return baseline.compare({"versions": VERSIONS, "rows": entry(old)}, VERSIONS, entry(new))


@pytest.mark.parametrize(
    "worse",
    [
        {"launches": 2},
        {"bytes": 101},
        {"temporary": 4},
        {"registers": 33},
        {"spilled": 8},
        {"bytes": None},
        {"collectives": {"all-gather": 1}},
    ],
    ids=str,
)
def test_a_worse_figure_fails_and_is_named(worse):
    old = replace(GOOD, collectives={})
    verdict = judged(replace(old, **worse), old)
    assert verdict.failed
    assert f"var forward h100: {next(iter(worse))}" in "\n".join(verdict.lines())
    better = judged(old, replace(old, **worse))
    assert not better.failed
    assert "--write renews" in "\n".join(better.lines())


def test_equal_figures_say_so():
    assert judged(GOOD).lines() == ["No figure differs from the baseline."]


def test_new_rows_and_cases_are_not_judged():
    stored = {"versions": VERSIONS, "rows": {}}
    assert baseline.compare(stored, VERSIONS, entry(GOOD)).unknown == ["var forward h100"]
    stored["rows"] = {"var forward h100": {**entry(GOOD)["var forward h100"], "case": "9x9"}}
    assert baseline.compare(stored, VERSIONS, entry(GOOD)).unknown == ["var forward h100"]


def test_figures_of_other_versions_are_not_compared():
    verdict = baseline.compare({"versions": {"jax": "0"}, "rows": entry(GOOD)}, VERSIONS, {})
    assert verdict.failed
    assert "versions" in verdict.lines()[0]


def test_writing_adds_rows_and_drops_those_of_other_versions(monkeypatch, tmp_path):
    monkeypatch.setattr(baseline, "STORED", tmp_path / "baseline.json")
    baseline.write(VERSIONS, entry(GOOD))
    baseline.write(VERSIONS, {"a": {"case": ""}})
    assert list(baseline.load()["rows"]) == ["a", "var forward h100"]
    baseline.write({"jax": "2"}, {"a": {"case": ""}})
    assert list(baseline.load()["rows"]) == ["a"]


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """`python -m bench aot var` with a compiler that gives `GOOD`, and its own baseline."""
    from bench.aot import command, run

    monkeypatch.setattr(devices, "check", lambda: None)
    monkeypatch.setattr(devices, "prepare", lambda: None)
    monkeypatch.setattr(compiling, "versions", lambda: VERSIONS)
    monkeypatch.setattr(command, "JSON", tmp_path / "aot.json")
    monkeypatch.setattr(baseline, "STORED", tmp_path / "baseline.json")

    def give(figures):
        monkeypatch.setattr(run, "measure", lambda row: figures)
        return main

    return give


def test_the_command_exits_1_and_names_the_row(fake, capsys, tmp_path):
    assert fake(GOOD)(["aot", "var", "--write"]) == 0
    assert fake(GOOD)(["aot", "var"]) == 0
    capsys.readouterr()
    assert fake(replace(GOOD, launches=3))(["aot", "var"]) == 1
    assert "var forward h100: launches 1 -> 3" in capsys.readouterr().out
    written = json.loads((tmp_path / "aot.json").read_text())
    assert written["rows"]["var forward h100"]["launches"] == 3


def test_an_unknown_op_exits_2(fake, capsys):
    assert fake(GOOD)(["aot", "vra"]) == 2
    assert "'vra'" in capsys.readouterr().err


def test_without_the_extra_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(devices, "PLUGINS", ("no_such_plugin", "no_such.plugin"))
    monkeypatch.setattr(devices, "prepare", lambda: None)
    assert main(["aot"]) == 2
    assert "pip install 'jaxchan[aot]'" in capsys.readouterr().err


def row(family, name, one, direction="forward"):
    return Row(public(family, name), family, direction, "h100", one)


X = t(4, 5)


@pytest.mark.parametrize(
    ("one", "most"),
    [
        (row("elementwise", "clamp", case(X, 0.0)), 1),
        (row("reductions", "sum", case(X, dim=1)), 1),
        (row("reductions", "sum", case(X, dim=(0, 1))), 2),
        (row("extrema", "min", case(X)), 2),
        (row("masked", "sum", case(X, 1, mask=X)), 1),
        (row("nn.functional.loss", "mse_loss", case(X, X)), 2),
        (row("losses.focal", "sigmoid_focal_loss", case(X, X)), 2),
        (row("nn.functional.norm", "layer_norm", case(X, (5,))), None),
        (row("order", "median", case(X, dim=1)), None),
    ],
    ids=lambda value: getattr(value, "op", value),
)
def test_what_is_promised(one, most):
    assert promise.launches(one) == most


def test_a_broken_promise_is_told():
    one = row("nn.functional.norm", "layer_norm", case(X, (5,)))
    assert promise.broken(one, replace(GOOD, launches=9)) == []
    assert promise.broken(one, replace(GOOD, traffic=1.2)) == ["traffic 1.2"]
    assert promise.broken(replace(one, direction="gradient"), replace(GOOD, traffic=9)) == []
    other = row("reductions", "sum", case(X, dim=1))
    assert promise.broken(other, replace(GOOD, launches=2)) == ["2 launches, 1 promised"]
    assert promise.broken(replace(other, device="v5e"), replace(GOOD, launches=2)) == []


STORED = baseline.load()["rows"]
STORABLE = {one.name: one for one in rows(timed())}


def test_the_baseline_has_every_op_with_a_bench_case():
    due = {name for name, one in STORABLE.items() if one.device != "v5e"}
    assert due <= set(STORED)
    assert {name: str(STORABLE[name].case) for name in STORED} == {
        name: figures["case"] for name, figures in STORED.items()
    }
    assert set(SPLIT) <= {one.op for one in STORABLE.values() if one.device == "8xh100"}


def test_every_broken_promise_has_a_cause_and_no_cause_is_stale():
    broken = set()
    for name, entry in STORED.items():
        figures = Figures(**{field: value for field, value in entry.items() if field != "case"})
        if promise.broken(STORABLE[name], figures):
            broken.add(name.rpartition(" ")[0])
    assert {key for keys in REASONS.values() for key in keys} == broken


def array(shape, place):
    return jax.ShapeDtypeStruct(shape, jnp.float32, sharding=place)


def fused(x):
    return jnp.tanh(x) * 2 + jnp.sin(x)


def unfused(x):
    """The same in kernels that XLA may not join: the figures must notice."""
    a, b = jax.lax.optimization_barrier((jnp.tanh(x), jnp.sin(x)))
    return jax.lax.optimization_barrier(a * 2) + b


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Nothing compiled yet, and the plugins told not to look for hardware."""
    for name, value in devices.SETTING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(compiling, "KEPT", tmp_path)


@installed
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("device", ["h100", "v5e"])
def test_figures_move_when_a_program_is_broken(device):
    # large enough not to fit on the chip of a TPU
    x = array((8192, 8192), SingleDeviceSharding(getattr(devices, device)()[0]))
    whole, broken = (compiling.figures(compiling.texts(f, [x], device)) for f in (fused, unfused))
    assert whole.traffic == 1.0
    assert whole.temporary == 0
    assert (broken.traffic or 0) > 2
    assert (broken.temporary or 0) > 0
    if device == "h100":
        assert (whole.launches, broken.launches) == (1, 4)
        assert 0 < (whole.registers or 0) < 256
    else:
        assert whole.launches is None
        assert whole.registers is None


@installed
@pytest.mark.usefixtures("fresh")
def test_a_sum_over_eight_devices_is_one_all_reduce():
    mesh = Mesh(np.array(devices.h100(8)), ("devices",))
    x = array((64, 32), NamedSharding(mesh, PartitionSpec("devices")))
    figures = compiling.figures(compiling.texts(lambda x: jnp.sum(x, 0), [x], "8xh100"))
    assert figures.collectives == {"all-reduce": 1}


@installed
@pytest.mark.usefixtures("fresh")
def test_a_program_is_compiled_once(monkeypatch):
    x = array((8, 8), SingleDeviceSharding(devices.h100()[0]))
    first = compiling.texts(jnp.tanh, [x], "h100")
    monkeypatch.setattr(compiling, "_compile", None)
    assert compiling.texts(jnp.tanh, [x], "h100") == first


def test_rows_are_ops_directions_and_devices():
    chosen = {
        ("extrema", "argmax"): op(bench=case(X, dim=1), grad=0),
        ("reductions", "sum"): op(bench=case(X, dim=1)),
    }
    assert [one.name for one in rows(chosen)] == [
        *(
            f"{name} {device}"
            for device in DEVICES[:2]
            for name in ("argmax forward", "sum forward", "sum gradient")
        ),
        "sum forward 8xh100",
        "sum gradient 8xh100",
    ]
