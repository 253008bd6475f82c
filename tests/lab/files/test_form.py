"""The form of stored notebooks: plain text, no macro, and the two cells that all have."""

import copy
import importlib.util
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ovp_lib import home
from ovp_lib.lab.files import form, notebooks
from ovp_lib.lab.files.address import repository
from ovp_lib.lab.files.form import Form
from tests.lab import tiny

ADDRESS = "https://github.com/somebody/book"


def made() -> dict[str, Any]:
    notebook = tiny.notebook("x = 1")
    notebook["cells"].insert(1, {**notebook["cells"][0], "id": "a", "source": r"$\R$, {doc}`b`"})
    notebook["cells"][-1]["metadata"] = {"mystnb": {"figure": {"caption": r"In $\R$."}}}
    return notebook


def sources(notebook: dict[str, Any]) -> list[str]:
    return [notebooks.source(cell) for cell in notebook["cells"]]


def test_a_stored_notebook_has_two_cells_more_and_no_macro() -> None:
    notebook = made()
    form.store(notebook, "tiny", Form(titles={"b": "B"}))
    assert [cell["id"] for cell in notebook["cells"][:3]] == ["title", form.ABOUT, form.INSTALL]
    assert all(cell["metadata"]["tags"] == ["remove-cell"] for cell in notebook["cells"][1:3])
    assert sources(notebook)[3] == r'$\mathbb{R}$, [B](b.ipynb "doc b …")'
    assert notebook["cells"][-1]["metadata"]["mystnb"]["figure"]["caption"] == r"In $\mathbb{R}$."
    before = copy.deepcopy(notebook)
    form.store(notebook, "tiny", Form(titles={"b": "B"}))
    assert notebook == before
    form.book(notebook)
    assert sources(notebook)[3] == r"$\mathbb{R}$, {doc}`b`"


def test_it_is_known_whether_a_notebook_is_in_its_form() -> None:
    notebook = made()
    assert not form.is_stored(notebook, "tiny", Form())
    form.store(notebook, "tiny", Form())
    before = copy.deepcopy(notebook)
    assert form.is_stored(notebook, "tiny", Form())
    assert not form.is_stored(notebook, "tiny", Form(address=ADDRESS))
    assert notebook == before


def test_with_an_address_there_are_badges_and_the_cell_installs() -> None:
    notebook = made()
    form.store(notebook, "tiny", Form(address=ADDRESS))
    about, install = sources(notebook)[1:3]
    assert "https://mybinder.org/v2/gh/somebody/book/main?labpath=notebooks/tiny.ipynb" in about
    assert "google.com/github/somebody/book/blob/main/notebooks/tiny.ipynb" in about
    assert f'"ovp-companion[run] @ git+{ADDRESS}"' in install
    form.store(notebook, "tiny", Form())
    assert "badge" not in sources(notebook)[1]
    assert len(notebook["cells"]) == len(made()["cells"]) + 2


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_the_cell_does_nothing_where_the_library_is(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: called.append(command))
    exec(form.install_source(address), {})
    assert called == []
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    exec(form.install_source(address), {})
    assert [command[-1] for command in called] == (
        [f"ovp-companion[run] @ git+{ADDRESS}"] * bool(address)
    )
    said = capsys.readouterr().out
    assert said.count("\n") == (0 if address else 1)
    assert ("pip install '.[run]'" in said) == (not address)


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('      repository_url: ""\n', ""),
        (f"  repository_url: {ADDRESS}/\n", ADDRESS),
        (f'repository_url: "{ADDRESS}" # here\n', ADDRESS),
        ("title: x\n", ""),
    ],
)
def test_the_address_is_in_one_place(tmp_path: Path, line: str, address: str) -> None:
    (tmp_path / "_config.yml").write_text(f"a: b\n{line}")
    assert repository(tmp_path) == address


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    assert repository(tmp_path) == ""
    (tmp_path / "_config.yml").write_text("repository_url: github.com/a/b\n")
    with pytest.raises(ValueError, match="OWNER/NAME or empty"):
        repository(tmp_path)


def test_references_are_shown_by_authors_and_year() -> None:
    found = form.cited((home.ROOT / "book" / "references.bib").read_text())
    assert found["allenzhu2020learning"] == (
        "Allen-Zhu, Li and Liang",
        "2020",
        "https://arxiv.org/abs/1811.04918",
    )
    assert found["gu2019towards"] == ("Gu", "2019", "")
    assert found["neyshabur2018role"][0] == "Neyshabur, Li, Bhojanapalli, LeCun and Srebro"
    assert not any("{" in authors for authors, _, _ in found.values())
