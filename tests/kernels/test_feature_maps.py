import pytest
import torch

from ovp_lib.kernels import feature_maps, finite_width
from ovp_lib.maths import hypercube
from ovp_lib.models.inputs import stream
from ovp_lib.models.learners import init_learner

D, K, N = 6, 3, 7


def test_closed_form_sections_are_symmetric_on_the_chosen_points() -> None:
    chosen = torch.tensor([3, 60, 17, 3])
    for functions in feature_maps.closed_form_sections(D, chosen).values():
        assert functions.shape == (2**D, 4)
        torch.testing.assert_close(functions[chosen], functions[chosen].T)
        torch.testing.assert_close(functions[:, 0], functions[:, 3])


def test_network_sections_are_the_kernels_of_the_drawn_networks() -> None:
    chosen = torch.tensor([1, 30, 62])
    sections = feature_maps.network_sections(D, chosen, stream(5), m=12)
    assert len(sections) == 7
    net = init_learner("two-layer", [stream(5)], d=D, m=12, k=1)  # the first that is drawn
    x = hypercube.points(D).unsqueeze(0)
    expected = finite_width.ntk(net, x, x[:, chosen])[0]
    assert torch.equal(sections["NTK of a two-layer net"], expected)


def test_random_maps_are_what_their_names_say() -> None:
    maps = feature_maps.random_maps(D, K, N, stream(0))
    again = feature_maps.random_maps(D, K, N, stream(0))
    assert all(torch.equal(maps[name], again[name]) for name in maps)
    for name, functions in maps.items():
        extra = D if name in feature_maps.TIGHT else 0
        assert functions.shape == (2**D, N + extra)
        assert torch.linalg.matrix_rank(functions) == N + extra
    assert maps["lookup table"].sum(dim=0).tolist() == [1.0] * N
    assert maps["random neurons"].min() >= 0
    coefficients = hypercube.fourier(maps["parities of any level"])
    assert (coefficients.abs() > 1e-12).sum(dim=0).tolist() == [1] * N
    for name in feature_maps.TIGHT:
        weights = hypercube.level_weights(hypercube.fourier(maps[name]))
        assert (weights[1, :D] == 1).all()
        torch.testing.assert_close(weights[K, D:], weights[:, D:].sum(dim=0))


def test_more_parities_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="20 parities of level 3, got n = 21"):
        feature_maps.random_maps(D, K, 21, stream(0))
