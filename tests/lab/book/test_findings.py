"""The findings of the front page rest on what is on record, and their pictures on stored data."""

import dataclasses
import re
from pathlib import Path

import pytest

from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import Claim
from ovp_lib.lab.book import findings, pictures
from ovp_lib.lab.book.findings import FINDINGS, Finding
from ovp_lib.pages.card import Learnt

ROOT = Path(__file__).parents[3]
IDS = [finding.name for finding in FINDINGS]


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return findings.on_record(ROOT)


def test_there_are_five_and_each_has_its_picture() -> None:
    assert len(FINDINGS) == 5
    assert list(pictures.PICTURES) == IDS
    assert len({finding.page for finding in FINDINGS}) == 5


@pytest.mark.parametrize("finding", FINDINGS, ids=IDS)
def test_a_finding_is_short_and_tells_what_was_measured(
    finding: Finding, claims: dict[str, Claim]
) -> None:
    said = findings.told(finding, claims)
    assert len(said.split()) <= 45
    assert "{" not in said
    for id_ in findings.MEASURED.findall(finding.learnt.sentence):
        assert f"{claims[id_].measured:g}" in said
    assert len(finding.alt.split()) > 8


@pytest.mark.parametrize("finding", FINDINGS, ids=IDS)
def test_a_finding_is_refused_if_one_of_its_verdicts_is_another(
    finding: Finding, claims: dict[str, Claim]
) -> None:
    for id_ in finding.learnt.claims:
        others = [claim for claim in claims.values() if claim.verdict != claims[id_].verdict]
        swapped = next(
            claim for claim in others if (claims[id_].verdict, claim.verdict) not in SAME_FOR_WITHIN
        )
        with pytest.raises(InputError, match=re.escape(id_)):
            findings.told(finding, {**claims, id_: swapped})


SAME_FOR_WITHIN = {("within tolerance", "holds"), ("holds", "within tolerance")}
"""Where a sentence says "within", either will do."""


def test_a_finding_without_a_claim_on_record_is_refused(claims: dict[str, Claim]) -> None:
    learnt = Learnt("A sentence of some length.", holds=("no.such-claim",))
    lost = dataclasses.replace(FINDINGS[1], learnt=learnt)
    with pytest.raises(InputError, match=r"'no verdict'"):
        findings.told(lost, claims)


def test_cards_and_rows_tell_the_same(claims: dict[str, Claim]) -> None:
    cards, rows = findings.cards(claims), findings.rows(claims)
    for finding in FINDINGS:
        said = findings.told(finding, claims)
        assert said in cards
        assert said in rows
        assert (ROOT / f"notebooks/{finding.page}.ipynb").is_file()
        assert finding.picture in rows
        count = sum(map(int, re.findall(r"\[(\d+) ", cards.split(said)[1].split(":::")[0])))
        assert count == len(list(finding.learnt.claims))


def test_checks_are_not_counted_as_evidence(claims: dict[str, Claim]) -> None:
    (bound,) = (finding for finding in FINDINGS if finding.name == "bound")
    named = [claims[id_] for id_ in bound.learnt.claims]
    evidence = sum(claim.is_evidence for claim in named)
    assert 0 < evidence < len(named)
    said = findings.cards(claims).split(findings.told(bound, claims))[1].split(":::")[0]
    assert f"[{evidence} holds]{{.verdict-holds}}" in said
    assert f"[{len(named) - evidence} checks: holds]{{.ovp-kind}}" in said


@pytest.mark.parametrize("name", IDS)
def test_a_picture_is_small_and_the_same_twice(name: str) -> None:
    first = pictures.svg(ROOT, name)
    assert first == pictures.svg(ROOT, name)
    assert first.count("<svg") == 1
    assert len(first) < 40_000


def test_means_are_those_over_seeds_to_three_digits() -> None:
    table = pictures.under_figure(ROOT, "resnet-separation", "resnet-separation-where")
    rows = table.query("series == '3layer' and N == 300")["value"]
    expected = rows.prod() ** (1 / len(rows))
    found = pictures.means(table, ["series", "N"])["3layer", 300]
    assert len(rows) > 1
    assert found == pytest.approx(expected, rel=6e-3)
    assert found == float(f"{found:.3g}")


def test_data_that_no_figure_offers_are_missed() -> None:
    with pytest.raises(NotebookError, match="offers no data under the name 'nothing'"):
        pictures.under_figure(ROOT, "figure-2", "nothing")


def test_the_poster_has_the_size_that_networks_want(tmp_path: Path) -> None:
    path = tmp_path / "share.png"
    pictures.poster(ROOT, path, title="A title", said="What it is.", size=(12.0, 6.3), dpi=100)
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (1200, 630)
