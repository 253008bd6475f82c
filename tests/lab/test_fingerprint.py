import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovp_lib.lab import fingerprint as fingerprints
from ovp_lib.lab.fingerprint import dependencies, fingerprint

SOURCES = {
    "__init__": "from toy import registry",
    "registry": "from toy import run",
    "run": "from toy.sub import near\nfrom . import flat\nfrom .sub.deep import f\nx = 1",
    "flat": "import toy.late as late",
    "late": "def g():\n    from toy import inside\n    return inside",
    "inside": "y = 2",
    "other": "z = 3",
    "sub/__init__": "from toy import other",
    "sub/near": "import numpy, json",
    "sub/deep": "from ..last import w\nfrom ovp_lib.maths import hermite\ndef f(): return 1",
    "last": "w = 4",
}
FOLLOWED = {"run", "sub.near", "flat", "sub.deep", "late", "inside", "last"}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package whose modules import each other in every way that there is."""
    for name, source in SOURCES.items():
        path = tmp_path / "toy" / f"{name}.py"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    fingerprints.forget()
    yield tmp_path / "toy"
    fingerprints.forget()


def changed(path: Path, source: str) -> bool:
    """Return whether writing a source changes the fingerprint of ``toy.run``."""
    before = fingerprint("toy.run")
    path.write_text(source)
    fingerprints.forget()
    return fingerprint("toy.run") != before


@pytest.mark.usefixtures("toy")
def test_every_import_of_the_packages_is_followed_and_nothing_is_run() -> None:
    found = dependencies("toy.run")
    assert {name for name in found if name.startswith("toy")} == {f"toy.{n}" for n in FOLLOWED}
    assert "ovp_lib.maths.hermite" in found
    assert not {"numpy", "json"} & found
    assert not [name for name in sys.modules if name.startswith("toy")]


@pytest.mark.parametrize("name", sorted(FOLLOWED))
def test_a_change_of_what_is_imported_changes_it(toy: Path, name: str) -> None:
    path = toy / f"{name.replace('.', '/')}.py"
    assert changed(path, path.read_text() + "\nchanged = 1.0")


@pytest.mark.parametrize("name", ["other", "__init__", "registry", "sub/__init__"])
def test_a_change_of_what_is_not_imported_does_not(toy: Path, name: str) -> None:
    assert not changed(toy / f"{name}.py", "changed = 1")


def test_words_and_looks_do_not_count_and_numbers_do(toy: Path) -> None:
    path = toy / "last.py"
    assert changed(path, '"""Old."""\ndef w(a, *, b=1):\n    """Say."""\n    return a - b  # so\n')
    assert not changed(path, "def w(\n    a,\n    *, b=1,\n):\n    'Other.'\n    return (a - b)\n")
    assert changed(path, "def w(a, *, b=2):\n    return a - b\n")
    assert changed(path, "def w(a, *, b=2):\n    return b - a\n")
    assert changed(path, "def w(a, *, b=True):\n    return b - a\n")
    assert changed(path, "def w(a, *, b=1.0):\n    return b - a\n")
    assert changed(path, "def w(a, *, b='1.0'):\n    return b - a\n")
    assert changed(path, "def w(a, *, b=None):\n    return b - a\n")


def test_an_init_that_gives_a_name_counts(toy: Path) -> None:
    (toy / "sub" / "__init__.py").write_text("tolerance = 1e-3")
    assert changed(toy / "late.py", "from toy.sub import tolerance")
    assert changed(toy / "sub" / "__init__.py", "tolerance = 1e-4")


def test_a_process_keeps_to_what_it_has_read(toy: Path) -> None:
    before = fingerprint("toy.run")
    (toy / "last.py").write_text("w = 5")
    assert fingerprint("toy.run") == before


def test_it_is_the_same_in_another_process(toy: Path) -> None:
    code = "from ovp_lib.lab.fingerprint import fingerprint; print(fingerprint('toy.run'))"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(toy.parent)!r}); {code}"]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint("toy.run")


@pytest.mark.usefixtures("toy")
def test_a_module_without_a_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module 'toy.nothing'"):
        fingerprint("toy.nothing")


def test_packages_of_the_library_compute_nothing_when_imported() -> None:
    """The ``__init__`` of a package above a module does not count, so it must not matter."""
    root = Path(fingerprints.__file__).parents[1]
    floors = [root / floor / "__init__.py" for floor in ("maths", "models", "training", "kernels")]
    for init in [root / "__init__.py", *floors]:
        lines = [line for line in init.read_text().split('"""')[2].splitlines() if line.strip()]
        assert [line for line in lines if not line.startswith("__version__")] == []
