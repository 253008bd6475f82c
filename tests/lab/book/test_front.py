"""What is generated of the front page: coverage, commands, authors, reading times, the argument."""

import re
from pathlib import Path

import pytest

from ovp_lib.lab.book import findings, front
from ovp_lib.lab.book.inventory import STATES, read
from ovp_lib.lab.runs import score
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.card import Learnt

ROOT = Path(__file__).parents[3]
INVENTORY = read(ROOT, STATEMENTS)
ADDRESS = "https://github.com/owner/name"


def project(folder: Path, address: str) -> Path:
    """Make a project whose repository has an address."""
    (folder / "_config.yml").write_text(f'repository_url: "{address}"\n')
    return folder


@pytest.mark.parametrize("drawn", [front.bar(INVENTORY), front.bar_file(INVENTORY)])
def test_the_bar_is_as_long_as_its_parts_and_as_the_inventory(drawn: str) -> None:
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', drawn)]
    numbers = [int(n) for n in re.findall(r"<title>(\d+) ", drawn)]
    count = INVENTORY.count()
    assert numbers == [count[state] for state in STATES if count[state]]
    assert sum(widths) == pytest.approx(front.WIDTH - 2, abs=0.5)
    for width, number in zip(widths, numbers, strict=True):
        assert width / (front.WIDTH - 2) == pytest.approx(number / len(INVENTORY.rows), abs=1e-3)


@pytest.mark.parametrize("said", [front.labels(INVENTORY), front.legend(INVENTORY)])
def test_words_beside_the_bar_have_its_numbers(said: str) -> None:
    for state, number in INVENTORY.count().items():
        assert f"{number} {state}" in said


def test_what_is_to_come_is_named() -> None:
    said = front.missing(INVENTORY)
    open_ = {i: r.state == "to come" for i, r in INVENTORY.rows.items()}
    for theorem in (2, 3):
        assert (f"Theorem {theorem}" in said) == open_[f"full/theorem-{theorem}"]
    slides = all(open_[id_] for id_ in INVENTORY.document("slides"))
    assert ("slides" in said) == slides
    assert "Theorem 1" not in said


def test_an_address_is_where_it_helps_and_nowhere_without_one(tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    without = project(tmp_path / "without", "")
    with_ = project(tmp_path / "with", ADDRESS)
    assert f"git clone {ADDRESS}\ncd name\n" in front.commands(with_)
    assert f"({ADDRESS}/issues)" in front.ask(with_)
    assert front.citation(with_) == f'repository-code: "{ADDRESS}"'
    for said in (front.commands(without), front.ask(without), front.citation(without)):
        assert "http" not in said
        assert "git clone" not in said
    assert front.commands(without).splitlines()[1].startswith("make book")


def test_each_document_is_there_with_all_who_wrote_it() -> None:
    lines = front.papers(ROOT).splitlines()
    assert len(lines) == 4
    for name in ("Zeyuan Allen-Zhu", "Yuanzhi Li", "Yingyu Liang", "Quanquan Gu"):
        assert name in "".join(lines)
    assert re.findall(r"https://\S+(?=\))", "".join(lines)) == [
        "https://arxiv.org/abs/1811.04918",
        "https://arxiv.org/abs/1905.10337",
    ]


@pytest.mark.parametrize(("path", "most"), [("30 minutes", 35), ("2 hours", 125)])
def test_a_reading_path_takes_as_long_as_it_says(path: str, most: int) -> None:
    taken = [front.minutes(ROOT, page) for page in front.PATHS[path]]
    assert most / 2 < sum(taken) <= most
    for page in front.PATHS[path]:
        assert page in front.PATHS["2 hours"]
    assert f"If you have {path}" in front.reading(ROOT)


def test_code_and_tables_take_no_reading_time(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    words = "word " * (3 * front.WORDS_A_MINUTE)
    rest = f"\n```python\n{words}\n```\n\n| {words} |\n\n% {words}\n"
    (tmp_path / "book" / "page.md").write_text(words + rest)
    assert front.minutes(tmp_path, "book/page") == 3


ARGUMENT = (
    Learnt("Random gates make every smooth function.", holds=("lemma-6-3.accuracy",)),
    Learnt("How fast with the paper's h stays open.", open=("lemma-b-1.error.exponent",)),
    Learnt(
        "Both fall with the width.",
        within=("lemma-b-3.sign-changes.exponent", "lemma-b-3.pseudo-gap.exponent"),
    ),
    Learnt(
        "Measured rates agree with them within the tolerance, or stay open.",
        within=("theorem-1.realizable.exponent", "theorem-1.agnostic.exponent"),
        open=("theorem-1.realizable.steps",),
    ),
    Learnt("With a small step size the curve is flat.", holds=("theorem-1.width.exponent",)),
    Learnt(
        "Kernels stay above the bound; the ResNet falls below it.",
        holds=("kernel-lower-bound.average.violations", "kernel-lower-bound.network.error"),
    ),
    Learnt("A plain network learns the parity too.", holds=("resnet-hard.plain-learns",)),
)
"""What the page of the argument says of measurements, and the claims that it rests on."""


@pytest.mark.parametrize("learnt", ARGUMENT, ids=range(len(ARGUMENT)))
def test_what_the_argument_says_was_measured(learnt: Learnt) -> None:
    verdicts = score.read_recorded(ROOT / "results/verdicts.json")["quick"]
    longer = {id_: claim.verdict for id_, claim in findings.on_record(ROOT, *STATEMENTS).items()}
    assert learnt.contradictions({**verdicts, **longer}) == []


def test_the_argument_is_short_and_has_five_pictures() -> None:
    text = (ROOT / "book/argument.md").read_text()
    argument = re.sub(r"(?ms)^```.*?^```|\$\$.*?\$\$", "", text.partition("## Reading paths")[0])
    assert len(argument.split()) < 950
    assert len(re.findall(r"```\{notebook-figure\}", text)) == 5
    for stem, name in re.findall(r"\{notebook-figure\} (\S+) (\S+)", text):
        assert name in (ROOT / f"notebooks/{stem}.ipynb").read_text()
