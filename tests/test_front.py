"""Every public name of a package is there, documented, and shown in use."""

import dataclasses
import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pydantic
import pytest

from ovp_lib.lab.book import offer

PACKAGES = (
    *("maths", "models", "datasets", "proofs", "kernels", "training", "experiments"),
    "evidence",
)

PUBLIC = [
    (package, name) for package in PACKAGES for name in import_module(f"ovp_lib.{package}").__all__
]

LIBRARY = Path(__file__).parents[1] / "ovp_lib"

GROUPS = [
    pytest.param(package, group, id=f"{package}: {group.title}")
    for package in PACKAGES
    for group in offer.of_package(LIBRARY / package)
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


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_one_group(package: str) -> None:
    grouped = [name for group in offer.of_package(LIBRARY / package) for name in group.homes]
    assert grouped == list(import_module(f"ovp_lib.{package}").__all__)


@pytest.mark.parametrize(("package", "group"), GROUPS)
def test_the_example_of_a_group_runs_and_is_about_it(package: str, group: offer.Purpose) -> None:
    example = doctest.DocTestParser().get_doctest(group.example, {}, group.title, package, 0)
    names = {
        name for each in example.examples for name in compile(each.source, "", "exec").co_names
    }
    assert group.title
    assert names & set(group.homes)
    results = doctest.DocTestRunner(verbose=False).run(example, clear_globs=False)
    assert results.attempted > 1
    assert results.failed == 0
    assert any(each.want for each in example.examples)
