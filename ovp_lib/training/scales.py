r"""Weight decay as a scalar: SGD with momentum in coordinates in which the weights do not decay.

PyTorch's SGD moves a weight W of a member by

    M' = mu M + G + wd W,   W' = W - eta M'.

Let y be the small root of mu y^2 + (1 - mu - eta wd) y + eta wd = 0 and s = 1 / (1 - y). Then
U = M + (y / eta) W obeys

    U' = (1 - y) (mu U + G),   W' = s (W - eta U'),

and with W = sigma w, u = eta sigma U, sigma' = s sigma, since dL/dw = sigma G,

    u' = mu u + eta dL/dw,   w' = w - u' / (sigma sigma').

So decay costs nothing: it is a number for each member and step, known before the step is taken.
This holds for every trained weight at once, in any network. Where there is no such root, because
eta wd is too large for mu, or where s would be far from 1, we take y = 0 and s = 1, and wd W must
be added to the gradient. So it is for a member whose weights have step sizes of their own: y would
differ from weight to weight.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ovp_lib.training.protocol import Member

LEAST_SHRINKAGE = 0.9
"""Smallest s for which decay is folded: sigma stays above 0.9^64 between two foldings."""


def small_root(eta_wd: NDArray[np.float64], momentum: float) -> NDArray[np.float64]:
    """Return y of the module's equation, at most 0; 0 where decay is not to be folded.

    Args:
        eta_wd: step size times weight decay of each member, at least 0.
        momentum: mu in [0, 1).

    Returns:
        y of each member, shape of ``eta_wd``.

    Example:
        >>> bool(np.isclose(small_root(np.array([0.2 * 0.25]), momentum=0.0), -0.05 / 0.95))
        True
    """
    b = 1 - momentum - eta_wd
    discriminant = b**2 - 4 * momentum * eta_wd
    real = (discriminant >= 0) & (b > 0)
    # In this form of the root nothing cancels, as b > 0, and mu, which may be 0, divides nothing.
    y = -2 * eta_wd / (np.where(real, b, 1.0) + np.sqrt(np.where(real, discriminant, 0.0)))
    return np.where(real & (1 / (1 - y) >= LEAST_SHRINKAGE), y, 0.0)


class Scales:
    """The scalars of every member: eta, s and sigma, in float64 on the host.

    Attributes:
        eta: current step sizes, shape ``(e,)``.
        sigma: W = sigma w, shape ``(e,)``.
    """

    def __init__(self, members: Sequence[Member], momentum: float) -> None:
        self.lr = np.array([member.lr for member in members])
        self.wd = np.array([member.wd for member in members])
        self.w24 = np.array([member.w24 for member in members])
        self.folds = np.array([not member.uneven() for member in members])
        self.momentum = momentum
        self.sigma = np.ones(len(members))
        self.set_factor(1.0)

    def set_factor(self, factor: float) -> None:
        """Multiply the step sizes that the members began with by ``factor``.

        Args:
            factor: positive.
        """
        self.factor = factor
        self.eta = self.lr * factor
        self.y = np.where(self.folds, small_root(self.eta * self.wd, self.momentum), 0.0)
        self.s = 1 / (1 - self.y)

    @property
    def unfolded(self) -> NDArray[np.float64]:
        """Decay that must be added to the gradient, shape ``(e,)``."""
        return np.where(self.y == 0, self.wd, 0.0)

    def change(self, factor: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Change the step sizes; return the numbers a, b of u = a u_old + b w.

        M and W stay as they are: U grows by (y_new / eta_new - y_old / eta_old) W.

        Args:
            factor: what the step sizes of the beginning are multiplied by from now on, positive.

        Returns:
            a and b, each of shape ``(e,)``.
        """
        eta, y = self.eta, self.y
        self.set_factor(factor)
        ratio = self.eta / eta
        return ratio, self.sigma**2 * (self.y - ratio * y)

    def ahead(self, steps: int) -> NDArray[np.float64]:
        """Return sigma before each of the next steps and after the last, ``(steps + 1, e)``.

        The products are taken one after another, so that the numbers do not depend on how many
        steps are asked for at once.

        Args:
            steps: how many, at least 0.

        Returns:
            The first row is sigma of now.
        """
        factors = np.vstack([self.sigma, np.tile(self.s, (steps, 1))])
        return np.multiply.accumulate(factors, axis=0)

    def fold(self) -> NDArray[np.float64]:
        """Bring sigma back to [1, 2) by powers of two, which round nothing; return them.

        The weights w are to be multiplied by them, u divided.

        Returns:
            The powers of two, shape ``(e,)``.
        """
        powers = np.exp2(np.frexp(self.sigma)[1] - 1.0)
        self.sigma = self.sigma / powers
        return powers

    def keep(self, members: Sequence[int]) -> None:
        """Forget all but some members.

        Args:
            members: positions among those of now, in the order wanted.
        """
        positions = list(members)
        self.lr, self.wd, self.w24 = self.lr[positions], self.wd[positions], self.w24[positions]
        self.folds, self.sigma = self.folds[positions], self.sigma[positions]
        self.set_factor(self.factor)
