import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.models.three_layer import gates, preactivations, three_layer
from ovp_lib.proofs import cross_term as ct
from ovp_lib.proofs import strong_coupling as sc
from ovp_lib.proofs.perturbations import frobenius, norm_2_4
from tests import reference
from tests.proofs.three_layer_nets import network, noise, points

NET, X = network(), points(n=1)
DW, DV = noise(NET.W, 0.3, 11), noise(NET.V, 0.3, 12)
SIGNS = torch.stack([rademacher((5, 9), stream(3, i)) for i in range(2)])


def test_error_by_its_definition_draw_by_draw() -> None:
    error = sc.coupling_error(NET, X, DW, DV, SIGNS)
    frozen = gates(NET, X)
    for e in range(2):
        on = frozen.first[e, 0], frozen.second[e, 0]
        start = reference.pseudo_three_layer(NET, e, X[e, 0], *on, b1=True, b2=True)
        net = NET._replace(W=DW, V=DV)
        both = reference.pseudo_three_layer(net, e, X[e, 0], *on, b1=False, b2=False)
        for s in range(5):
            f = three_layer(ct.signed(NET, DW, DV, SIGNS[:, s]), X)[e, 0]
            torch.testing.assert_close(error[e, s], f - start - both)


def test_no_signs_are_signs_of_one_and_none_does_not_move() -> None:
    ones = torch.ones(2, 1, 9, dtype=torch.float64)
    torch.testing.assert_close(
        sc.coupling_error(NET, X, DW, DV), sc.coupling_error(NET, X, DW, DV, ones)
    )
    zero_w, zero_v = torch.zeros_like(DW), torch.zeros_like(DV)
    torch.testing.assert_close(
        sc.coupling_error(NET, X, dW=DW), sc.coupling_error(NET, X, DW, zero_v)
    )
    torch.testing.assert_close(
        sc.coupling_error(NET, X, dV=DV), sc.coupling_error(NET, X, zero_w, DV)
    )
    assert sc.coupling_error(NET, X).abs().max() < 1e-12


def test_while_no_gate_changes_the_error_is_the_cross_term() -> None:
    """Lemma 6.11 is Lemma 6.5's identity at the initialisation, plus what flips add."""
    small_w, small_v = 1e-7 * DW, 1e-7 * DV
    error = sc.coupling_error(NET, X, small_w, small_v, SIGNS)
    for s in range(5):
        cross = ct.cross_term(NET, X, gates(NET, X), small_w, small_v, SIGNS[:, s], 1.0)
        torch.testing.assert_close(error[:, s : s + 1], cross, rtol=1e-6, atol=1e-13)


def test_the_worst_movements_are_worst_to_first_order() -> None:
    frozen, h = gates(NET, X), preactivations(NET, X).first[:, 0].relu()
    q = ct.backward(NET, frozen)[:, 0, 0]
    dW = sc.worst_first_without_signs(NET, X, 0.5)
    dV = sc.worst_second_without_signs(NET, X, 0.5)
    assert norm_2_4(dW).tolist() == pytest.approx([0.5, 0.5])
    assert frobenius(dV).tolist() == pytest.approx([0.5, 0.5])
    gain_w = (q * (dW @ X.mT)[:, :, 0]).sum(dim=1)
    torch.testing.assert_close(gain_w, 0.5 * q.abs().pow(4 / 3).sum(dim=1) ** 0.75)
    a_D_v = NET.a[:, 0] * frozen.second[:, 0]
    gain_v = (a_D_v.unsqueeze(1) @ dV @ h.unsqueeze(2))[:, 0, 0]
    torch.testing.assert_close(gain_v, 0.5 * a_D_v.norm(dim=1) * h.norm(dim=1))


@pytest.mark.parametrize("tau", [0.0, -1.0])
def test_a_norm_must_be_positive(tau: float) -> None:
    for construct in (sc.worst_first_without_signs, sc.worst_second_without_signs):
        with pytest.raises(ValueError, match="norm of a movement must be positive, got"):
            construct(NET, X, tau)


def test_a_small_operator_norm_of_v_is_not_enough() -> None:
    """The printed ||V'||_2 must be the Frobenius norm of the proof.

    V' = tau_v diag(I[a_j > 0]) has operator norm tau_v. By convexity of the ReLU every neuron with
    a_j > 0 gains on average over the signs, and the error grows like sqrt(m) instead of staying.
    """
    widths, errors = [100, 300, 900], []
    for m in widths:
        net, x = network(m, m, k=1, e=8), points(n=1, e=8)
        dV = torch.diag_embed((net.a[:, 0] > 0).double())
        assert torch.linalg.matrix_norm(dV[0], ord=2) == 1
        signs = rademacher((32, m), stream(8)).expand(8, 32, m)
        errors.append(sc.coupling_error(net, x, dV=dV, signs=signs).mean().item())
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.1)
