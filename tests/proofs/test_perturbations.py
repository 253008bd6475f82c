import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models.inputs import stream
from ovp_lib.proofs import perturbations
from tests.proofs.three_layer_nets import network, noise


def test_norms_entry_by_entry() -> None:
    net = network()
    W, V = noise(net.W, 1.0), noise(net.V, 1.0)
    for e in range(2):
        fourth = sum((W[e, i] ** 2).sum() ** 2 for i in range(9))
        assert perturbations.norm_2_4(W)[e] == pytest.approx(float(fourth) ** 0.25)
        squares = sum(V[e, j, i] ** 2 for j in range(8) for i in range(9))
        assert perturbations.frobenius(V)[e] == pytest.approx(float(squares) ** 0.5)


@given(norm=st.floats(1e-6, 1e3))
def test_random_movements_have_the_norm_asked_for(norm: float) -> None:
    net, generators = network(), [stream(3, i) for i in range(2)]
    W = perturbations.random_first(net.W, norm, generators)
    V = perturbations.random_second(net.V, torch.tensor([norm, 2 * norm]), generators)
    assert perturbations.norm_2_4(W).tolist() == pytest.approx([norm, norm])
    assert perturbations.frobenius(V).tolist() == pytest.approx([norm, 2 * norm])


def test_bounds_are_those_of_the_lemma() -> None:
    assert perturbations.first_bound(1e-5, 10**5) == pytest.approx(1e-4 * 1e6)
    assert perturbations.second_bound(0.0, 1e-3, 16, 1000) == pytest.approx(10.0)
    assert perturbations.second_bound(5e-4, 0.0, 16, 1000) == pytest.approx(10.0)


@pytest.mark.parametrize("norm", [0.0, -1.0, float("nan")])
def test_a_norm_must_be_positive(norm: float) -> None:
    net, generators = network(), [stream(3, i) for i in range(2)]
    with pytest.raises(ValueError, match="norm of a movement must be positive, got"):
        perturbations.random_first(net.W, norm, generators)
    with pytest.raises(ValueError, match="norm of a movement must be positive, got"):
        perturbations.random_second(net.V, norm, generators)
    with pytest.raises(ValueError, match="expected 2 generators, got 1"):
        perturbations.random_first(net.W, 1.0, generators[:1])


def test_the_norm_ratio_is_one_for_equal_rows_and_m_for_a_single_one() -> None:
    equal, single = torch.ones(1, 5, 3), torch.zeros(1, 5, 3)
    single[0, 2] = 4.0
    assert perturbations.norm_ratio(torch.cat([equal, single])).tolist() == [1.0, 5.0]


def test_the_norm_ratio_is_that_of_the_norms_in_lemma_6_5() -> None:
    W = network().W
    both = perturbations.norm_2_4(W) ** 4 / perturbations.frobenius(W) ** 4
    torch.testing.assert_close(perturbations.norm_ratio(W), W.shape[1] * both)
