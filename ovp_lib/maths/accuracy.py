"""The accuracy that Theorems 2 and 3 speak of: a risk of (1 + gamma) OPT + eps0."""


def require_eps0(eps0: float) -> None:
    """Refuse an excess risk that Theorems 2 and 3 do not speak of.

    Args:
        eps0: the additive term of (1 + gamma) OPT + eps0.

    Raises:
        ValueError: if it does not lie in (0, 1/100].

    Example:
        >>> require_eps0(0.5)
        Traceback (most recent call last):
        ValueError: Theorem 2 takes eps0 in (0, 1/100], got 0.5
    """
    if not 0 < eps0 <= 0.01:
        raise ValueError(f"Theorem 2 takes eps0 in (0, 1/100], got {eps0}")


def require_gamma(gamma: float) -> None:
    """Refuse a factor that Theorems 2 and 3 do not speak of.

    Args:
        gamma: of (1 + gamma) OPT + eps0.

    Raises:
        ValueError: if it does not lie in (0, 1/4].

    Example:
        >>> require_gamma(0.25)
    """
    if not 0 < gamma <= 0.25:
        raise ValueError(f"Theorem 2 takes gamma in (0, 1/4], got {gamma}")
