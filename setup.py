"""A wheel carries the notebooks and the results too; everything else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = ("notebooks/*.ipynb", "results/**/*")


class BuildWithData(build_py):
    """Put what is carried where ``ovp_lib.home`` looks for it outside a checkout."""

    def run(self) -> None:
        """Build the library, then copy; an editable install has the checkout."""
        super().run()
        if self.editable_mode:
            return
        data = Path(self.build_lib) / "ovp_lib" / "_data"
        for path in (path for pattern in CARRIED for path in Path().glob(pattern)):
            if path.is_file():
                (data / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, data / path)


setup(cmdclass={"build_py": BuildWithData})
