"""The private macros of the book's formulas, and the plain LaTeX that they stand for.

The book's MathJax knows them from ``_config.yml`` (a test keeps the two equal). Nothing else does:
in JupyterLab, on GitHub and in Colab they would show in red. So stored notebooks hold plain LaTeX.
"""

import re

MACROS: dict[str, tuple[str, int]] = {
    "E": (r"\operatorname*{\mathbb{E}}", 0),
    "Prob": (r"\operatorname*{\mathbb{P}}", 0),
    "R": (r"\mathbb{R}", 0),
    "OPT": (r"\mathsf{OPT}", 0),
    "D": (r"\mathcal{D}", 0),
    "Z": (r"\mathcal{Z}", 0),
    "F": (r"\mathcal{F}", 0),
    "G": (r"\mathcal{G}", 0),
    "Risk": (r"\mathcal{L}", 0),
    "normal": (r"\mathcal{N}", 0),
    "poly": (r"\operatorname{poly}", 0),
    "ind": (r"\mathbb{1}_{#1}", 1),
    "norm": (r"\lVert #1 \rVert", 1),
    "abs": (r"\lvert #1 \rvert", 1),
    "inner": (r"\langle #1, #2 \rangle", 2),
    "Ceps": (r"\mathfrak{C}_\varepsilon", 0),
    "Cs": (r"\mathfrak{C}_{\mathsf{s}}", 0),
    "Dw": (r"D_{w,x}", 0),
    "Dv": (r"D_{v,x}", 0),
}
"""What each macro stands for, and how many arguments it takes."""

MACRO = re.compile(rf"\\({'|'.join(MACROS)})(?![A-Za-z])")
"""Where one of them is used."""

_ARGUMENT = re.compile(r"\s*(\\[A-Za-z]+|\\.|[^\s\\{}])")


def expand(text: str) -> str:
    r"""Replace every private macro by what it stands for.

    Args:
        text: LaTeX, or prose with formulas in it.

    Returns:
        The text without them; the macros of arguments are replaced too.

    Raises:
        ValueError: if a macro lacks an argument, or a brace is not closed.

    Example:
        >>> print(expand(r"$\norm{x - \inner{a}{b}} \in \R^d$"))
        $\lVert x - \langle a, b \rangle \rVert \in \mathbb{R}^d$
    """
    found = MACRO.search(text)
    if found is None:
        return text
    meaning, n = MACROS[found[1]]
    rest = text[found.end() :]
    for number in range(1, n + 1):
        argument, rest = _argument(rest, found[1])
        meaning = meaning.replace(f"#{number}", expand(argument))
    before = text[: found.start()]
    if before.endswith(("_", "^")):  # one thing in an index stays one thing
        meaning = f"{{{meaning}}}"
    elif n == 0:  # the blank that ended the macro's name may have to end another's
        meaning += " " if re.search(r"\\[A-Za-z]+$", meaning) and rest[:1].isalpha() else ""
    return f"{before}{meaning}{expand(rest)}"


def _argument(text: str, name: str) -> tuple[str, str]:
    """Return the argument with which a text begins, and the rest."""
    inside = text.lstrip()
    if not inside.startswith("{"):
        found = _ARGUMENT.match(text)
        if found is None:
            raise ValueError(rf"\{name} lacks an argument before {text[:20]!r}")
        return found[1], text[found.end() :]
    depth = 0
    for brace in re.finditer(r"\\.|[{}]", inside, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0 and brace[0] == "}":
            return inside[1 : brace.start()], inside[brace.end() :]
    raise ValueError(rf"a brace behind \{name} is not closed: {inside[:20]!r}")
