import subprocess
from pathlib import Path

import pytest

from tests import quick

FILES = {
    "ovp_lib/training/fused/plan.py": "",
    "ovp_lib/training/order.py": "",
    "ovp_lib/cli.py": "",
    "notebooks/lemma-1.ipynb": "",
    "tests/training/test_fused.py": "from ovp_lib.training import order",
    "tests/training/test_order.py": "import ovp_lib.training.order",
    "tests/training/test_other.py": "from tests.training.small import net",
    "tests/training/small.py": "",
    "tests/notebooks/conftest.py": "",
    "tests/notebooks/test_lemma_1.py": 'run("lemma-1")',
    "tests/book/test_pages.py": "import ovp_lib.cli",
    "tests/test_cli.py": "",
    "tests/test_project.py": "",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one commit."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "all")
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("ovp_lib/training/order.py", ["training/test_order.py", "training/test_fused.py"]),
        ("ovp_lib/training/fused/plan.py", ["training/test_fused.py"]),
        ("ovp_lib/cli.py", ["test_cli.py"]),
        ("tests/training/test_other.py", ["training/test_other.py"]),
        ("tests/training/small.py", ["training/test_other.py"]),
        ("tests/notebooks/conftest.py", ["notebooks/test_lemma_1.py"]),
        ("notebooks/lemma-1.ipynb", ["test_project.py", "notebooks/test_lemma_1.py"]),
        ("Makefile", ["test_project.py"]),
    ],
)
def test_a_file_s_tests_are_the_mirrored_ones_and_those_that_import_it(
    root: Path, file: str, tests: list[str]
) -> None:
    examples = [file] if file.startswith("ovp_lib") else []
    assert quick.covering(root, [file]) == [*(f"tests/{name}" for name in tests), *examples]


def test_mirrored_tests_come_before_all_others(root: Path) -> None:
    chosen = quick.covering(root, ["ovp_lib/training/order.py", "ovp_lib/cli.py"])
    assert chosen[:3] == [
        "tests/training/test_order.py",
        "tests/test_cli.py",
        "tests/training/test_fused.py",
    ]


def test_what_changed_is_what_differs_from_a_commit(root: Path) -> None:
    assert quick.changed(root) == []
    (root / "ovp_lib" / "new.py").touch()
    (root / "ovp_lib" / "cli.py").write_text("x = 1")
    (root / "tests" / "test_cli.py").unlink()
    assert quick.changed(root) == ["ovp_lib/cli.py", "ovp_lib/new.py"]
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "more")
    assert quick.changed(root) == []
    assert quick.changed(root, "HEAD~1") == ["ovp_lib/cli.py", "ovp_lib/new.py"]
    with pytest.raises(SystemExit, match=r"error: .*nowhere"):
        quick.changed(root, "nowhere")


def test_no_test_is_started_after_the_time() -> None:
    quick.InTime(3600.0).pytest_runtest_setup()
    with pytest.raises(pytest.skip.Exception, match="not reached"):
        quick.InTime(-1.0).pytest_runtest_setup()


@pytest.mark.parametrize(
    ("files", "ran", "said"),
    [
        (["Makefile"], ("tests/test_project.py",), "1 files differ from HEAD; their tests: tests/"),
        ([], quick.FAST, "nothing that has tests differs from HEAD: a fast selection instead"),
    ],
)
@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (5, 0)])
def test_it_says_what_it_runs_and_ends_as_the_tests_do(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: list[str],
    ran: tuple[str, ...],
    said: str,
    code: int,
    expected: int,
) -> None:
    calls: list[list[str]] = []

    def run(arguments: list[str], plugins: list[object]) -> int:
        calls.append(arguments)
        return code if plugins else -1

    monkeypatch.setattr(quick, "changed", lambda *_: files)
    monkeypatch.setattr(quick.pytest, "main", run)
    assert quick.main("HEAD") == expected
    assert tuple(calls[0][-len(ran) :]) == ran
    assert capsys.readouterr().out.startswith(said)
    assert all((quick.ROOT / name).exists() for name in quick.FAST)
