import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from ovp_lib.arithmetic import Arithmetic
from ovp_lib.errors import NotebookError
from ovp_lib.evidence.claims import Estimate, Prediction
from ovp_lib.lab.files import provenance
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs import score
from ovp_lib.pages import STATEMENTS
from tests.lab import tiny

BITS = Arithmetic("reproducible", "0123456789abcdef", 1)
FIELDS = set(Prediction.model_fields)


def record() -> RunRecord:
    return RunRecord(
        statement="tiny",
        preset="quick",
        seed=0,
        given={"size": 4},
        parameters={"preset": "quick", "size": 4},
        claims=(tiny.SMALL.judge(Estimate(1.0, 0.5, 2.0, 5), preset="quick"),),
        environment=provenance.environment(device="cpu", threads=2, arithmetic=BITS),
        started=provenance.now(),
        wall_seconds=1.5,
    )


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = record()
    path = provenance.record_path(tmp_path / "run" / "tiny.ipynb")
    written.write(path)
    assert RunRecord.read(path) == written
    assert path.name == "tiny.record.json"


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tiny.record.json"
    record().write(path)
    path.write_text(path.read_text().replace('"seed": 0', '"seed": "none"'))
    with pytest.raises(NotebookError, match=r"(?s)tiny\.record\.json is no record.*seed"):
        RunRecord.read(path)
    with pytest.raises(FileNotFoundError):
        RunRecord.read(tmp_path / "none.record.json")


STANDARD = sorted((Path(__file__).parents[3] / "results" / "standard").glob("*.record.json"))


@pytest.mark.parametrize("path", STANDARD, ids=lambda path: path.name)
def test_a_stored_record_is_of_this_book_and_none_of_its_claims_can_be_widened(
    path: Path, tmp_path: Path
) -> None:
    stored = RunRecord.read(path)
    predictions = STATEMENTS[stored.statement].predictions
    verdicts = score.read_recorded(path.parents[1] / "verdicts.json")[stored.preset]
    assert [Prediction(**claim.model_dump(include=FIELDS)) for claim in stored.claims] == list(
        predictions
    )
    assert all(verdicts[claim.id] == claim.verdict for claim in stored.claims)
    shown = [i for i, claim in enumerate(stored.claims) if claim.verdict in ("holds", "fails")]
    for i in shown:
        altered = json.loads(path.read_text())
        altered["claims"][i].update(measured=55.0, interval=[-1e9, 1e9])
        copy = tiny.write(tmp_path / path.name, altered)
        with pytest.raises(NotebookError, match="its record says"):
            RunRecord.read(copy)


def test_the_environment_names_versions_machine_and_threads() -> None:
    found = provenance.environment(device="cpu", threads=3, arithmetic=BITS)
    assert found.packages["torch"] == version("torch")
    assert {"ovp-companion", "numpy", "papermill", "seaborn"} <= set(found.packages)
    assert not {"ruff", "sphinx"} & set(found.packages)  # tools, not what a run was computed with
    assert found.python == platform.python_version()
    assert "logical cores" in found.cpu
    assert (found.device, found.torch_threads, found.arithmetic) == ("cpu", 3, BITS)


def test_the_cpu_is_named_as_the_kernel_names_it_or_by_its_architecture(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Abacus 9000\nflags\t: fpu\n")
    assert provenance.cpu_model(cpuinfo).startswith("Abacus 9000, ")
    nameless = provenance.cpu_model(tmp_path / "none")
    assert not nameless.startswith(",")


def test_git_state_tells_a_clean_from_a_changed_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_state(tmp_path) == (None, None)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        command = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-qm", "one")
    (tmp_path / "untracked").write_text("1")
    head = git("rev-parse", "HEAD")
    assert provenance.git_state(tmp_path) == (head, False)
    (tmp_path / "file").write_text("2")
    assert provenance.git_state(tmp_path) == (head, True)
    monkeypatch.setenv("PATH", "")
    assert provenance.git_state(tmp_path) == (None, None)


def test_a_git_that_does_not_answer_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 30)

    monkeypatch.setattr(provenance.subprocess, "run", never)
    assert provenance.git_state(tmp_path) == (None, None)


def test_now_is_utc_to_the_second() -> None:
    assert str(provenance.now()).endswith("+00:00")
    assert provenance.now().microsecond == 0
