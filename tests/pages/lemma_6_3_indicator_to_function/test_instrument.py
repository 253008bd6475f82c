from collections.abc import Mapping
from typing import Any

import pytest
import torch

from ovp_lib.lab.book.instruments import carried
from ovp_lib.maths import smooth
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.lemma_6_3_indicator_to_function import instrument
from ovp_lib.pages.lemma_6_3_indicator_to_function.statement import QUICK
from ovp_lib.proofs.indicator import least_norm_indicator, taylor_indicator
from ovp_lib.proofs.minimal_sup import least_sup_indicator
from tests.pages.test_instrument import NoTables

PHI = "exp(z)"


@pytest.fixture(scope="module")
def data() -> Mapping[str, Any]:
    """What travels in the page."""
    return instrument.data(NoTables())


@pytest.mark.parametrize(
    ("kind", "make"), [("the paper's", taylor_indicator), ("of least norm", least_norm_indicator)]
)
def test_terms_add_up_to_the_library_s_h(data: Mapping[str, Any], kind: str, make: Any) -> None:
    degree = 6
    h = make(smooth.parse(PHI), degree, QUICK.clip)
    c = torch.as_tensor(data["phi"][PHI]["c"][: degree + 1])
    terms = data["kinds"][kind]["terms"][: degree + 1]
    assert torch.allclose(c @ terms, h.expectation(data["x1"]), atol=1e-6)
    outer = torch.tensor(data["kinds"][kind]["outer"])[: degree + 1].double()
    inner = torch.tensor(data["inner"]).double()[: degree + 1]
    values = torch.einsum("i,iq,ir->qr", c, inner, outer)
    expected = h(data["alpha1"][:, None], data["b0"][None, :])
    assert torch.allclose(values, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_the_third_h_is_the_least_sup_one(data: Mapping[str, Any]) -> None:
    found = data["phi"][PHI]["least_sup"]
    h = least_sup_indicator(smooth.parse(PHI), QUICK.accuracy, cells=QUICK.cells)
    assert found["sup"] == h.sup()
    assert torch.allclose(torch.tensor(found["cells"]).double() * h.sup(), h.values, atol=0.05)
    assert data["edges"] == pytest.approx(h.alpha_edges.tolist(), rel=1e-5)
    assert max(abs(torch.tensor(found["values"]).double() - data["phi"][PHI]["values"])) < 0.0101


def test_it_is_small(data: Mapping[str, Any]) -> None:
    about = STATEMENTS["lemma-6-3-indicator-to-function"].instrument
    assert about is not None
    assert len(carried(about, data)) < 60_000
