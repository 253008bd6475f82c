"""The benchmarks' own plumbing; what they measure is never asserted in a test."""

import csv
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.measure import Row, alternately


def test_rows_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("ours / theirs", 0.5, 2.0, "s", "checked")
    monkeypatch.setattr(bench, "BENCHMARKS", {"one": lambda: [row], "two": lambda: [row]})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "one", "--out", str(tmp_path / "rows.csv")])
    bench.main()
    assert "ours / theirs: 0.5 / 2 s, 4 x less" in capsys.readouterr().out
    with (tmp_path / "rows.csv").open() as file:
        (written,) = csv.DictReader(file)
    assert (written["name"], float(written["ratio"])) == ("ours / theirs", 4.0)


def test_an_unknown_benchmark_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "lemma-9"])
    with pytest.raises(SystemExit):
        bench.main()
    error = capsys.readouterr().err
    assert "no benchmark ['lemma-9']; there are lemma-6-3, lemma-6-5" in error


def test_both_run_in_turn_after_a_warm_up() -> None:
    order: list[str] = []
    ours, other = alternately(lambda: order.append("a"), lambda: order.append("b"), repeats=3)
    assert order == ["a", "b"] * 4
    assert min(ours, other) > 0
