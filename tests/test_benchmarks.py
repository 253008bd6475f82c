"""The benchmarks' own plumbing and what is on record; what they measure is never asserted here."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from benchmarks import __main__ as bench
from benchmarks import accelerator, baselines, ensemble, machine
from benchmarks.measure import Row, alternately, in_turn
from ovp_lib.models import section_7
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

RECORD = Path(__file__).parents[1] / "results" / "benchmarks"
LIMITS = machine.Limits(sgemm=100.0, skinny=50.0, bandwidth=10.0)


def measured() -> pd.DataFrame:
    rows = [("two-layer", 100, 1, name, us) for name, us in zip(METHODS, TIMES, strict=True)]
    table = pd.DataFrame(rows, columns=["network", "m", "members", "method", "microseconds"])
    return table.assign(ratio=TIMES[0] / table["microseconds"], share_of_limit=0.25)


METHODS = (ensemble.PLAIN, "torch vmap", ensemble.TORCH, ensemble.FUSED)
TIMES = (200.0, 400.0, 20.0, 1.0)


def test_what_was_measured_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("ours / theirs", 0.5, 2.0, "s", "checked")
    monkeypatch.setattr(bench, "RATIOS", {"one": lambda: [row], "two": lambda: [row]})
    monkeypatch.setattr(bench, "one_core", lambda: None)
    monkeypatch.setattr(machine, "measure", lambda: LIMITS)
    monkeypatch.setattr(ensemble, "table", lambda *_: measured())
    monkeypatch.setattr(sys, "argv", ["benchmarks", "one", "ensemble", "--out", str(tmp_path)])
    bench.main()
    printed = capsys.readouterr().out
    assert "ours / theirs: 0.5 / 2 s, 4 x less" in printed
    assert "100 GF/s in products of large matrices" in printed
    (written,) = pd.read_csv(tmp_path / "ratios.csv").to_dict("records")
    assert (written["name"], written["ratio"]) == ("ours / theirs", 4.0)
    (shown,) = pd.read_csv(tmp_path / "ensemble-ratios.csv").to_dict("records")
    assert (shown[ensemble.FUSED], shown["torch vmap"]) == (200.0, 0.5)
    assert shown["fused / limit"] == "25%"
    assert (tmp_path / "ensemble.svg").read_text().startswith("<?xml")
    here = json.loads((tmp_path / "machine.json").read_text())
    assert here["limits"] == LIMITS._asdict()
    assert "torch" in here["packages"]


def test_bad_arguments_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in (
        (["lemma-9"], "no benchmark ['lemma-9']; there are ensemble, kernels, lemma-6-3"),
        (["--repeats", "0"], "--repeats must be at least 1, got 0"),
    ):
        monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
        with pytest.raises(SystemExit):
            bench.main()
        assert message in capsys.readouterr().err


def test_all_run_in_turn_after_a_warm_up() -> None:
    order: list[str] = []
    ours, other = alternately(lambda: order.append("a"), lambda: order.append("b"), repeats=3)
    assert order == ["a", "b"] * 4
    assert min(ours, other) > 0
    assert list(in_turn({"x": lambda: None, "y": lambda: None}, 1)) == ["x", "y"]


@pytest.mark.parametrize("network", ["two-layer", "three-layer"])
def test_baselines_train_what_we_train(network: str) -> None:
    """One batch an epoch leaves nothing to chance: all must reach the same weights."""
    generators = [stream(2, i) for i in range(2)]
    net = (
        init_two_layer(generators, d=5, m=12)
        if network == "two-layer"
        else init_three_layer(generators, d=5, m1=12, m2=9)
    )
    drawn = section_7.draw("sine", "padded", 20, [stream(1)])
    data = Sample(*drawn).expand(2)
    members = [Member(seed=0, lr=0.05, wd=0.1), Member(seed=1, lr=0.02, wd=0.0)]
    protocol = Protocol(epochs=10, batch_size=20, drops=())
    ours = ensemble.train(net, data, members, protocol, path="torch", device="cpu").net
    plain = baselines.plain_loop(net, data, members, protocol)
    stacked = baselines.vmapped(net, data, members, protocol)
    names = {"W": "first.weight", "V": "second.weight"}
    for field in architecture_of(net).hidden:
        moved = (getattr(ours, field) - getattr(net, field).float()).abs().max()
        assert moved > 1e-2, "nothing was learned, so nothing was compared"
        loop = torch.stack([dict(model.named_parameters())[names[field]] for model in plain])
        torch.testing.assert_close(loop.detach(), getattr(ours, field), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(
            stacked[names[field]], getattr(ours, field), rtol=1e-4, atol=1e-5
        )


def test_the_benchmark_of_accelerators_measures_every_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the CPU, which shows that it runs; only a CUDA device can show what it is for."""
    monkeypatch.setattr(ensemble, "ROUND", 0.01)
    table = accelerator.case("three-layer", 10, 2, LIMITS, 1, "cpu")
    assert list(table["method"]) == list(accelerator.methods("cpu"))
    assert (table[["microseconds", "share_of_limit"]] > 0).all(axis=None)
    assert table["ratio"][0] == 1.0


def test_a_steps_least_time_is_its_products_or_its_traffic() -> None:
    assert LIMITS.step_seconds(1e9, 1e9, cached=True) == pytest.approx(1 / 100)
    assert LIMITS.step_seconds(1e9, 1e9, cached=False) == pytest.approx(1 / 10)


def test_the_tables_on_record_are_what_the_code_makes_of_the_measurements() -> None:
    measured = pd.read_csv(RECORD / "ensemble.csv")
    cases = {tuple(case) for case in measured[["network", "m", "members"]].to_numpy().tolist()}
    assert cases == set(ensemble.CASES)
    plain = measured[measured["method"] == ensemble.PLAIN].set_index(["network", "m", "members"])
    for row in measured.to_dict("records"):
        base = plain.loc[(row["network"], row["m"], row["members"]), "microseconds"]
        assert row["ratio"] == pytest.approx(base / row["microseconds"], rel=5e-3)
    shown = pd.read_csv(RECORD / "ensemble-ratios.csv")
    again = ensemble.readable(measured)
    assert list(again) == list(shown)
    for name in (ensemble.FUSED, ensemble.TORCH):
        assert shown[name].to_numpy() == pytest.approx(again[name].astype(float), rel=1e-2)
    for table, machine_file in (("ratios", "machine"), ("arithmetic", "arithmetic")):
        ratios = pd.read_csv(RECORD / f"{table}.csv")
        again = ratios["other"] / ratios["ours"]
        assert ratios["ratio"].to_numpy() == pytest.approx(again, rel=5e-3)
        here = json.loads((RECORD / f"{machine_file}.json").read_text())
        assert here["commit"]
        assert here["dirty"] is False
        assert here["limits"]["skinny"] > 0
