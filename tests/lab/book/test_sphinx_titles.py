"""Statements and figures have the numbers of the papers, and none of ours."""

import io
import re

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PAGE = """# A page

:::{{prf:lemma}} {title}
:label: lem-{name}
It says something.
:::

```{{figure}} picture.svg
:name: fig-{name}
Figure 1(b): a picture.
```

$$x = 1$$ (eq-{name})

See {{prf:ref}}`lem-{name}` and {{eq}}`eq-{name}`.
"""

TITLES = {
    "ours": "least norm of a parity",
    "figure": "small norm, the authors, Figure 1 and footnote 3",
    "index": "coupling, the authors, Lemma 6.5",
}


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the words of three pages, with a lemma on each."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("html")
    for name, title in TITLES.items():
        text = PAGE.format(name=name, title=title)
        (source / f"{name}.md").write_text(text if name == "index" else f":orphan:\n\n{text}")
    (source / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    warnings = io.StringIO()
    overrides = {
        "extensions": ["myst_parser", "sphinx_proof", "ovp_lib.lab.book.sphinx_ext"],
        "myst_enable_extensions": ["colon_fence", "dollarmath", "fieldlist"],
        "numfig": True,
    }
    with docutils_namespace():
        doctrees = out / "doctrees"
        Sphinx(source, None, out, doctrees, "html", overrides, None, warnings).build()
    said = warnings.getvalue().splitlines()
    assert [line for line in said if "already registered" not in line] == []
    pages = {name: (out / f"{name}.html").read_text(encoding="utf-8") for name in TITLES}
    return {
        name: " ".join(re.sub("<[^>]*>", " ", html.partition("<body>")[2]).split())
        for name, html in pages.items()
    }


@pytest.mark.parametrize(
    ("page", "heading", "reference"),
    [
        ("index", "Lemma 6.5 (coupling, the authors)", "Lemma 6.5"),
        ("figure", "Figure 1 and footnote 3 (small norm, the authors)", "Figure 1 And Footnote 3"),
        ("ours", "Lemma (least norm of a parity)", "Lemma"),
    ],
)
def test_a_statement_has_the_number_of_its_paper(
    words: dict[str, str], page: str, heading: str, reference: str
) -> None:
    assert f"{heading} It says something." in words[page]
    assert f"See {reference} and (1) ." in words[page]
    assert "Lemma 1" not in words[page]


@pytest.mark.parametrize("page", TITLES)
def test_a_figure_has_no_number_beside_the_paper_s(words: dict[str, str], page: str) -> None:
    assert " Figure 1(b): a picture." in words[page]
    assert "Fig." not in words[page]
