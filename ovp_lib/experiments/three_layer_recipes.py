"""Algorithms 2 and 3 at every width: how their settings go with m, and what is left out."""

from dataclasses import dataclass, replace

from ovp_lib.training.smoothed.settings import INGREDIENTS, Smoothing


@dataclass(frozen=True)
class Recipe:
    r"""Algorithm 2 at every width, with Table 1's exponents at w = s = 0 and calibrated constants.

        eta = step / m    sigma_w = smoothing_w / m    sigma_v = smoothing_v / sqrt(m)

    Attributes:
        step: eta m.
        decay: by what lambda decays in a round.
        smoothing_w: sigma_w m.
        smoothing_v: sigma_v sqrt(m).
        lam_w: weight of ||W'||_{2,4}^4.
        lam_v: weight of ||V'||_F^2.
        gradient_noise: as in :class:`~ovp_lib.training.smoothed.settings.Smoothing`.
        rescaled: whether the step is eta / lambda; the paper's is eta.
        absent: ingredients that are left out, see
            :data:`~ovp_lib.training.smoothed.settings.INGREDIENTS`.

    Example:
        >>> Recipe(step=2.0).at(100, seed=0).eta
        0.02
    """

    step: float = 2.0
    decay: float = 0.01
    smoothing_w: float = 1.0
    smoothing_v: float = 0.1
    lam_w: float = 0.01
    lam_v: float = 0.001
    gradient_noise: float = 0.1
    rescaled: bool = True
    absent: tuple[str, ...] = ()

    def at(self, m: int, seed: int) -> Smoothing:
        """Return the settings of one member.

        Args:
            m: width of both hidden layers, at least 1.
            seed: names all random numbers of the member, at least 0.

        Raises:
            ValueError: as :class:`~ovp_lib.training.smoothed.settings.Smoothing` does.
        """
        whole = Smoothing(
            seed,
            self.step / m,
            self.decay,
            sigma_w=self.smoothing_w / m,
            sigma_v=self.smoothing_v / m**0.5,
            lam_w=self.lam_w,
            lam_v=self.lam_v,
            gradient_noise=self.gradient_noise,
            rescaled=self.rescaled,
        )
        return whole.without(*self.absent)

    def without(self, *ingredients: str) -> "Recipe":
        """Return the recipe without some more ingredients.

        Args:
            ingredients: of :data:`~ovp_lib.training.smoothed.settings.INGREDIENTS`.

        Example:
            >>> Recipe().without("signs").absent
            ('signs',)
        """
        return replace(self, absent=(*self.absent, *ingredients))


def algorithms(recipe: Recipe) -> dict[str, Recipe]:
    """Return Algorithm 2, Algorithm 3 (no Sigma) and plain SGD at one recipe, by name.

    Args:
        recipe: of Algorithm 2.

    Example:
        >>> list(algorithms(Recipe()))
        ['Algorithm 2', 'Algorithm 3', 'SGD']
    """
    return {
        "Algorithm 2": recipe,
        "Algorithm 3": recipe.without("signs"),
        "SGD": recipe.without(*INGREDIENTS),
    }
