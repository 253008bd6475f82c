"""Private macros: what they become, and that the book knows the same ones."""

import pytest
import yaml

from ovp_lib import home
from ovp_lib.lab.files.macros import MACRO, MACROS, expand


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"\R^d", r"\mathbb{R}^d"),
        (r"\E_x[\Risk]", r"\operatorname*{\mathbb{E}}_x[\mathcal{L}]"),
        (r"\norm{W}_{2,4}", r"\lVert W \rVert_{2,4}"),
        (r"\norm{\frac{a}{\abs{b}}}", r"\lVert \frac{a}{\lvert b \rvert} \rVert"),
        (r"\abs t", r"\lvert t \rvert"),
        (r"\abs\phi", r"\lvert \phi \rvert"),
        (r"\inner{x}{\R}", r"\langle x, \mathbb{R} \rangle"),
        (r"\norm{\{x\}}", r"\lVert \{x\} \rVert"),
        (r"x_\Ceps(\phi)", r"x_{\mathfrak{C}_\varepsilon}(\phi)"),
        (r"\Ceps x", r"\mathfrak{C}_\varepsilon x"),
        (r"\Ceps{}x", r"\mathfrak{C}_\varepsilon{}x"),
        (r"\Epsilon \normal \Delta \absent", r"\Epsilon \mathcal{N} \Delta \absent"),
    ],
)
def test_a_macro_becomes_plain_latex(written: str, plain: str) -> None:
    assert expand(written) == plain
    assert expand(plain) == plain


@pytest.mark.parametrize("text", [r"\norm{x", r"\inner{x}", r"\abs"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"argument|not closed"):
        expand(text)


def test_the_book_knows_the_same_macros() -> None:
    config = yaml.safe_load((home.ROOT / "_config.yml").read_text())
    book = config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    assert {n: (m, 0) if isinstance(m, str) else tuple(m) for n, m in book.items()} == MACROS


def test_no_macro_stands_for_another() -> None:
    assert not any(MACRO.search(meaning) for meaning, _ in MACROS.values())
