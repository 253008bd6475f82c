"""The notebook of Lemma 6.3 at tiny sizes."""

from tests.notebooks.conftest import numbers

NAME = "lemma-6-3-indicator-to-function"


def test_a_clip_that_is_too_low_fails_the_accuracy_claim(run_cells) -> None:
    run = run_cells(NAME, clip=1.0)
    (claim,) = [c for c in run["claims"] if c.id == "lemma-6-3.accuracy"]
    assert claim.verdict == "fails"
    assert claim.note == "clip 1, degree 5; worst for z^2"


def test_phi_alone_changes_no_claim(run_cells) -> None:
    sine, cube = (numbers(run_cells(NAME, phi=phi)) for phi in ("sin(2z)", "z^3"))
    assert sine == cube
