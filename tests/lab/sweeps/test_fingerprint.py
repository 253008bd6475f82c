import ast
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovp_lib.lab.sweeps import fingerprint as fingerprints
from ovp_lib.lab.sweeps.computed import pieces
from ovp_lib.lab.sweeps.fingerprint import dependencies, fingerprint
from ovp_lib.pages import SWEEPS

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


SAYS = """
import logging, warnings
from pydantic import Field
LOG = logging.getLogger("toy")
size = Field(1, description="{words}")
"{words}"
def w(a):
    if a < 0:
        raise ValueError(f"{words} {{a}}") from None
    assert a, "{words}"
    LOG.info("{words} %s", a)
    warnings.warn("{words}", stacklevel=2)
    return a
"""


def test_the_words_of_messages_do_not_count(toy: Path) -> None:
    path = toy / "last.py"
    path.write_text(SAYS.format(words="old"))
    fingerprints.forget()
    assert not changed(path, SAYS.format(words="quite new"))
    assert not changed(path, SAYS.format(words="new").replace("    LOG.info", "    # LOG.info"))
    assert not changed(path, SAYS.format(words="new").replace(" from None", ""))
    assert not changed(path, SAYS.format(words="new").replace("    LOG.info", "    pass  #"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("raise ValueError", "raise TypeError"),
        ('raise ValueError(f"old {a}") from None', "pass"),
        ("assert a,", "assert -a,"),
        ("a < 0", "a <= 0"),
        ("Field(1", "Field(2"),
        ("return a", 'return "a"'),
        ('"old %s", a)', '"old %s", a), a.sort()'),
    ],
)
def test_when_and_of_which_type_something_is_raised_counts(toy: Path, old: str, new: str) -> None:
    path = toy / "last.py"
    before = SAYS.format(words="old")
    path.write_text(before)
    fingerprints.forget()
    assert old in before
    assert changed(path, before.replace(old, new))


def test_imports_count_by_what_they_mean(toy: Path) -> None:
    path, use = toy / "last.py", "\nx = {}(1)\n"
    assert changed(path, "from toy.sub.deep import f" + use.format("f"))
    assert not changed(path, "from .sub.deep import f as g" + use.format("g"))
    assert not changed(path, "from toy.sub.deep import f\nimport os.path" + use.format("f"))
    assert changed(path, "from math import gamma as f" + use.format("f"))
    assert not changed(path, "from math import gamma" + use.format("gamma"))
    assert changed(path, "from scipy.special import gamma" + use.format("gamma"))


def test_functions_of_one_name_are_told_apart(toy: Path) -> None:
    """Both modules are in the closure before and after: which of them gives the name counts."""
    near, flat, run = toy / "sub/near.py", toy / "flat.py", toy / "run.py"
    near.write_text("def f(): return 1")
    flat.write_text("def f(): return 2")
    both = "import toy.flat, toy.sub.near\nfrom toy.{} import f\nfrom toy.{} import f as g\n"
    calls = "def run():\n    return f() - g()\n"
    run.write_text(both.format("flat", "sub.near") + calls)
    fingerprints.forget()
    assert changed(run, both.format("sub.near", "flat") + calls)
    inside = "def one():\n    from toy.{} import f\n    return f()\n"
    two = inside.format("flat") + inside.format("sub.near").replace("one", "two")
    assert changed(run, two)
    assert changed(run, inside.format("sub.near") + inside.format("flat").replace("one", "two"))
    assert changed(near, "def f(): return 3")


def test_modules_of_equal_content_count_each(toy: Path) -> None:
    near, flat, run = toy / "sub/near.py", toy / "flat.py", toy / "run.py"
    calls = "def run():\n    return f() - g()\n"
    run.write_text("from toy.flat import f\nfrom toy.sub.near import f as g\n" + calls)
    near.write_text("from toy.last import w\ndef f(): return w")
    flat.write_text(near.read_text().replace("last", "other"))
    (toy / "other.py").write_text("w = 5")
    fingerprints.forget()
    swapped = near.read_text().replace("last", "other"), flat.read_text().replace("other", "last")
    before = fingerprint("toy.run")
    near.write_text(swapped[0])
    assert changed(flat, swapped[1])
    assert fingerprint("toy.run") != before
    assert changed(flat, swapped[0])


def test_files_may_be_moved_and_renamed(toy: Path) -> None:
    """Content stays, names go: of the module asked about, of a package, of one in a circle."""
    (toy / "sub/near.py").write_text("from toy import run, flat\ndef f(): return run.x + flat.late")
    fingerprints.forget()
    before = fingerprint("toy.run")
    shutil.move(toy / "sub", toy / "deeper")
    for old, new in {"run": "begin", "flat": "even", "last": "final", "late": "tardy"}.items():
        (toy / f"{old}.py").rename(toy / f"{new}.py")
    for path in toy.rglob("*.py"):
        text = path.read_text()
        for old, new in {
            **{"toy.sub": "toy.deeper", ".sub.": ".deeper.", "..last": "..final"},
            **{"import run, flat": "import begin as run, even as flat"},
            **{"import flat": "import even", "toy.late as late": "toy.tardy as late"},
        }.items():
            text = text.replace(old, new)
        path.write_text(text)
    fingerprints.forget()
    assert fingerprint("toy.begin") == before
    assert {"toy.begin", "toy.even", "toy.deeper.near"} <= dependencies("toy.begin")


def test_a_name_counts_as_what_it_is_where_it_comes_from(toy: Path) -> None:
    """An ``__init__`` that hands a name on from elsewhere is seen through."""
    (toy / "sub" / "__init__.py").write_text("from toy.sub.deep import f\n")
    late, use = toy / "late.py", "\nx = f()\n"
    assert changed(late, "import toy.sub\nfrom toy.sub.deep import f" + use)
    assert not changed(late, "import toy.sub\nfrom toy.sub import f" + use)
    (toy / "sub" / "near.py").write_text("def f(): return 3")
    fingerprints.forget()
    assert changed(toy / "sub" / "__init__.py", "from toy.sub.near import f\n")


PROGRAM = """
def f(x, y, *, z=1e-3, **rest):
    s = f"{x:}{{}} a{y!r:>{z}}{z=}" "c" f"b{1}{{"
    with open(s) as a, open(u"b") as b:
        return [a, b, -0.0, 1j, b"c", ..., rest] if x else (y := 2)
class C(dict, metaclass=type):
    a: int = 3
    async def g(self): return await self
"""


def test_it_is_the_same_on_every_python() -> None:
    """On those that the matrix of the tests has; the program holds what they parse in their way."""
    text = "".join(map(str, pieces(ast.parse(PROGRAM), lambda _: {})))
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "e28a4c993e1bbff9"


@pytest.mark.parametrize("name", SWEEPS)
def test_the_kernels_are_in_the_key_of_every_sweep(name: str) -> None:
    kernels = ("two_layer", "three_layer", "bottleneck", "tiles", "vectors", "shared", "layout")
    found = dependencies(SWEEPS[name].run.module)
    assert {f"ovp_lib.training.fused.{kernel}" for kernel in (*kernels, "plan", "stepper")} <= found


def test_nothing_that_counts_is_imported_by_a_name_made_up_at_run_time() -> None:
    modules = {name for s in SWEEPS.values() for name in dependencies(s.run.module)}
    sources = {name: fingerprints._source(name).read_text() for name in modules}
    words = ("import_module", "__import__", "runpy", "exec(")
    assert {name for name, text in sources.items() for word in words if word in text} == set()


def test_an_init_that_gives_a_name_counts(toy: Path) -> None:
    (toy / "sub" / "__init__.py").write_text("tolerance = 1e-3")
    assert changed(toy / "late.py", "from toy.sub import tolerance")
    assert changed(toy / "sub" / "__init__.py", "tolerance = 1e-4")


def test_a_process_keeps_to_what_it_has_read(toy: Path) -> None:
    before = fingerprint("toy.run")
    (toy / "last.py").write_text("w = 5")
    assert fingerprint("toy.run") == before


def test_it_is_the_same_in_another_process(toy: Path) -> None:
    code = "from ovp_lib.lab.sweeps.fingerprint import fingerprint; print(fingerprint('toy.run'))"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(toy.parent)!r}); {code}"]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint("toy.run")


@pytest.mark.usefixtures("toy")
def test_a_module_without_a_source_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module 'toy.nothing'"):
        fingerprint("toy.nothing")


def test_packages_of_the_library_compute_nothing_when_imported() -> None:
    """The ``__init__`` of a package above a module does not count, so it must not matter."""
    root = Path(fingerprints.__file__).parents[2]
    floors = [root / floor / "__init__.py" for floor in ("maths", "models", "training", "kernels")]
    door = {
        "from ovp_lib.front import door",
        "__all__, __getattr__, __dir__ = door(__name__, __file__)",
    }
    for init in [root / "__init__.py", *floors]:
        lines = [line for line in init.read_text().split('"""')[2].splitlines() if line.strip()]
        assert {line for line in lines if not line.startswith("__version__")} <= door
