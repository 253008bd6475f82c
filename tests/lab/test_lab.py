import subprocess
import sys

import pytest

from ovp_lib import lab


def test_every_public_module_is_there() -> None:
    for name in lab.__all__:
        assert getattr(lab, name).__name__.endswith(f".{name}")


def test_what_is_not_public_is_an_error_that_names_what_is() -> None:
    with pytest.raises(AttributeError, match=r"no 'stor'; its public modules are \['check'"):
        _ = lab.stor


def test_the_package_alone_imports_no_room() -> None:
    code = "import sys; import ovp_lib.lab; print([m for m in sys.modules if 'ovp_lib.lab.' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
