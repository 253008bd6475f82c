"""What a package offers: the public names of its stub, in groups, each with an example.

A stub ``__init__.pyi`` has a comment above every group of imports. Its first line says what the
group is for; after an empty line follows an example, as a doctest that the tests run.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Purpose:
    """Public names that serve one purpose.

    Attributes:
        title: what they are for.
        example: a doctest that uses some of them.
        homes: the module that defines each name, by the name.
    """

    title: str
    example: str
    homes: dict[str, str]


_COMMENT = re.compile(r"(?m)(?:^#.*\n)+")


def groups(stub: str) -> list[Purpose]:
    r"""Return the groups of a stub.

    Args:
        stub: its text.

    Returns:
        The groups in their order; nothing if the stub has no comment.

    Example:
        >>> [group] = groups("# Adding.\n#\n# >>> 1 + 1\n# 2\nfrom a.b import c as c\n")
        >>> group.title, group.example, group.homes
        ('Adding', '>>> 1 + 1\n2', {'c': 'a.b'})
    """
    comments = list(_COMMENT.finditer(stub))
    ends = [each.start() for each in comments[1:]] + [len(stub)]
    return [
        _group(comment.group(), stub[comment.end() : end])
        for comment, end in zip(comments, ends, strict=True)
    ]


def of_package(folder: Path) -> list[Purpose]:
    """Return the groups of the stub of a package.

    Args:
        folder: of the package.

    Returns:
        The groups; none if there is no stub.
    """
    stub = folder / "__init__.pyi"
    return groups(stub.read_text(encoding="utf-8")) if stub.is_file() else []


def _group(comment: str, imports: str) -> Purpose:
    title, *example = (line.removeprefix("#").removeprefix(" ") for line in comment.splitlines())
    found = [node for node in ast.parse(imports).body if isinstance(node, ast.ImportFrom)]
    homes = {name.name: node.module or "" for node in found for name in node.names}
    return Purpose(title.removesuffix("."), "\n".join(example).strip(), homes)
