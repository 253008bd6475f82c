"""Settings of Algorithms 2 and 3: rounds for the whole ensemble, ingredients for each member."""

import math
from dataclasses import dataclass, replace
from typing import Any

from ovp_lib.maths.accuracy import require_eps0
from ovp_lib.maths.table_1 import Table1

DRAWS = ("step", "sample")
"""Whether W^rho, V^rho and Sigma are drawn once for a step, or for each sample of its batch."""


@dataclass(frozen=True)
class Rounds:
    """How long the ensemble is trained: T rounds of T_w steps.

    Attributes:
        rounds: T, at least 1.
        steps: T_w, at least 1: steps of noisy SGD in a round, after which lambda decays.
        batch_size: samples of a step, drawn from the data set with replacement; the paper has one.
        draws: whether the noise of the objective is drawn once for a "step", or for each "sample".
            Either way the gradient is unbiased; for a batch of one both have the same law.

    Raises:
        ValueError: if a number is below 1, or ``draws`` is unknown.
    """

    rounds: int = 200
    steps: int = 20
    batch_size: int = 50
    draws: str = "step"

    def __post_init__(self) -> None:
        for name, value, why in (
            ("rounds", self.rounds, "T rounds of decay"),
            ("steps", self.steps, "T_w steps of SGD a round"),
            ("batch_size", self.batch_size, "samples a step"),
        ):
            if value < 1:
                raise ValueError(f"{name} must be at least 1 ({why}), got {value}")
        if self.draws not in DRAWS:
            raise ValueError(f"draws must be one of {', '.join(DRAWS)}, got {self.draws!r}")

    @classmethod
    def of_theorem(
        cls, decay: float, *, m1: int, m2: int, eps0: float, constant: float = 1.0, **others: Any
    ) -> "Rounds":
        r"""Return the rounds that Algorithms 2 and 3 ask for, up to their hidden constant.

        T = Theta(eta^-1 log(log(m1 m2) / eps0)), so that lambda_T is about eps0 / log(m1 m2)
        to the power of ``constant``.

        Args:
            decay: eta, by which lambda decays in a round, in (0, 1).
            m1: width of the first hidden layer, at least 2.
            m2: width of the second hidden layer, at least 2.
            eps0: excess risk, in (0, 1/100].
            constant: what Theta hides, positive.
            others: other fields of the rounds.

        Raises:
            ValueError: if a number is out of range.

        Example:
            >>> Rounds.of_theorem(0.1, m1=100, m2=100, eps0=0.01).rounds
            69
        """
        require_eps0(eps0)
        if not 0 < decay < 1 or min(m1, m2) < 2 or not constant > 0:
            raise ValueError(
                "T rounds need 0 < decay < 1, m1 and m2 >= 2 and constant > 0, got "
                f"{decay}, {m1}, {m2} and {constant}"
            )
        wanted = constant * math.log(math.log(m1 * m2) / eps0) / decay
        return cls(rounds=math.ceil(wanted), **others)


@dataclass(frozen=True)
class Smoothing:
    r"""The settings of one member: which noise, which regulariser, which steps.

    In round t = 1, ..., T the member takes T_w steps of noisy SGD on

        L(lambda F(x; W0 + W^rho + Sigma W', V0 + V^rho + V' Sigma), y)
            + lam_v lambda ||V'||_F^2 + lam_w lambda^2 ||W'||_{2,4}^4

    with lambda = (1 - decay)^(t-1) (Going Beyond Two Layers, (4.2); (6.1) has Sigma = I).

    Attributes:
        seed: names all random numbers of the member, at least 0. Members of one seed meet the same
            samples, noise and signs, whatever else differs.
        eta: step size, positive.
        decay: by what lambda decays in a round, in [0, 1); ``None`` is ``eta``, as printed.
        sigma_w: standard deviation of the entries of W^rho, at least 0.
        sigma_v: standard deviation of the entries of V^rho, at least 0.
        signs: whether Sigma is random (Algorithm 2) or the identity (Algorithm 3).
        lam_w: weight of ||W'||_{2,4}^4, at least 0.
        lam_v: weight of ||V'||_F^2, at least 0.
        gradient_noise: root mean square norm of the Gaussian that noisy SGD adds to the gradient
            of all weights together, at least 0; 1 is the noise of the theorem that Lemma A.9 cites.
        rescaled: whether the step is eta / lambda, so that steps on the network lambda F do not
            fade with lambda; the paper's is eta, the default.

    Raises:
        ValueError: if a number is out of range, or the regulariser's own step would overshoot.

    Example:
        >>> Smoothing(seed=0, eta=0.01).lam(2)
        0.9801
    """

    seed: int
    eta: float
    decay: float | None = None
    sigma_w: float = 0.0
    sigma_v: float = 0.0
    signs: bool = True
    lam_w: float = 0.0
    lam_v: float = 0.0
    gradient_noise: float = 0.0
    rescaled: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0 or not 0 < self.eta < math.inf:
            raise ValueError(f"a member needs seed >= 0 and eta > 0, got {self.seed}, {self.eta}")
        if not 0 <= self.rate < 1:
            raise ValueError(
                f"lambda_t = (1 - decay)^t needs decay in [0, 1), got {self.rate}"
                + (" (decay is eta unless it is given)" if self.decay is None else "")
            )
        for name in ("sigma_w", "sigma_v", "lam_w", "lam_v", "gradient_noise"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be at least 0 and finite, got {value}")
        if 2 * self.eta * self.lam_v >= 1:
            raise ValueError(
                "a step multiplies V' by 1 - 2 eta lam_v, which must be positive: "
                f"got eta = {self.eta} and lam_v = {self.lam_v:.3g}"
            )

    @property
    def rate(self) -> float:
        """By what lambda decays in a round."""
        return self.eta if self.decay is None else self.decay

    def lam(self, rounds: int) -> float:
        """Return lambda after a number of rounds, (1 - decay)^rounds.

        Args:
            rounds: how many have been finished, at least 0.
        """
        return (1.0 - self.rate) ** rounds

    def step(self, lam: float) -> float:
        """Return the step size at a scale lambda.

        Args:
            lam: lambda, in (0, 1].
        """
        return self.eta / lam if self.rescaled else self.eta

    def without(self, *ingredients: str) -> "Smoothing":
        """Return the settings without some ingredients of :data:`INGREDIENTS`.

        Args:
            ingredients: their names.

        Raises:
            ValueError: if a name is unknown.

        Example:
            >>> Smoothing(seed=0, eta=0.1).without("signs", "decay").rate
            0.0
        """
        if unknown := sorted(set(ingredients) - set(INGREDIENTS)):
            raise ValueError(f"ingredients are {', '.join(INGREDIENTS)}, got {unknown}")
        changes = {key: value for name in ingredients for key, value in INGREDIENTS[name].items()}
        return replace(self, **changes)

    @classmethod
    def of_table_1(
        cls, table: Table1, *, seed: int, eta: float, constant: float = 1.0, **others: Any
    ) -> "Smoothing":
        """Return Algorithm 2 with the noise and the regulariser of Table 1.

        Args:
            table: the widths with the table's parameters.
            seed: names all random numbers of the member.
            eta: step size, positive.
            constant: multiplies lam_w and lam_v, whose constants the table leaves open.
            others: other fields of the settings.

        Returns:
            The settings of one member.

        Example:
            >>> table = Table1(m1=100, m2=100, eps0=0.01)
            >>> round(Smoothing.of_table_1(table, seed=0, eta=0.01).lam_v, 4)
            0.0105
        """
        chosen: dict[str, Any] = {
            "sigma_w": table.sigma_w,
            "sigma_v": table.sigma_v,
            "lam_w": constant * table.lam_w,
            "lam_v": constant * table.lam_v,
        }
        return cls(seed=seed, eta=eta, **(chosen | others))


INGREDIENTS: dict[str, dict[str, Any]] = {
    "signs": {"signs": False},
    "smoothing": {"sigma_w": 0.0, "sigma_v": 0.0},
    "regulariser": {"lam_w": 0.0, "lam_v": 0.0},
    "decay": {"decay": 0.0},
    "gradient noise": {"gradient_noise": 0.0},
}
"""What each ingredient's absence means; without all of them it is plain SGD on W' and V'."""
