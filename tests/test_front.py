"""Every public name of a package is there, documented, and shown in use."""

import dataclasses
import inspect
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pydantic
import pytest

PACKAGES = ("maths", "models", "proofs", "kernels", "training", "experiments", "evidence")

PUBLIC = [
    (package, name) for package in PACKAGES for name in import_module(f"ovp_lib.{package}").__all__
]


def is_a_record(thing: object) -> bool:
    """Whether it only holds named values, or says what others hold; its fields are its manual."""
    return isinstance(thing, type) and (
        dataclasses.is_dataclass(thing)
        or issubclass(thing, (tuple, Exception, pydantic.BaseModel))
        or thing.__name__ in ("Claims", "Ensemble", "Network")
    )


@pytest.mark.parametrize(("package", "name"), PUBLIC)
def test_what_is_public_is_documented_and_shown_in_use(package: str, name: str) -> None:
    thing = getattr(import_module(f"ovp_lib.{package}"), name)
    if not callable(thing):
        return  # a constant, documented where it stands
    text = inspect.getdoc(thing) or ""
    assert text
    assert is_a_record(thing) or ">>> " in text


@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_name_hides_no_module(package: str) -> None:
    home = import_module(f"ovp_lib.{package}")
    for name in home.__all__:
        assert not isinstance(getattr(home, name), ModuleType)
        with pytest.raises(ModuleNotFoundError):
            import_module(f"ovp_lib.{package}.{name}")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_public_is_no_attribute(package: str) -> None:
    with pytest.raises(AttributeError, match=f"'ovp_lib.{package}' has no attribute 'Nonsense'"):
        _ = import_module(f"ovp_lib.{package}").Nonsense


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_public_is_listed(package: str) -> None:
    home = import_module(f"ovp_lib.{package}")
    assert len(set(home.__all__)) == len(home.__all__) > 0
    assert set(home.__all__) <= set(dir(home))


def test_the_door_opens_without_torch() -> None:
    names = ", ".join(f"ovp_lib.{package}" for package in PACKAGES)
    check = f"import sys, {names}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)


def test_the_names_of_a_package_come_together() -> None:
    from ovp_lib.training import Member, Protocol, dual_sgd, train

    assert {each.__module__ for each in (Member, Protocol)} == {"ovp_lib.training.protocol"}
    assert (train.__name__, dual_sgd.__name__) == ("train", "dual_sgd")
