import struct
from pathlib import Path

import pytest

from ovp_lib.lab.book import weight

HEAD = """
  <link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />
  <link rel="preload" as="font" type="font/woff2" crossorigin href="../fa-solid-900.woff2" />
  <link rel="preload" as="script" href="../_static/scripts/bootstrap.js?digest=1" />
  <script src="../_static/vendor/fontawesome/6.5.2/js/all.min.js?digest=1"></script>
"""


def test_styles_stay_and_what_holds_a_page_up_goes() -> None:
    light = weight.light_styles(HEAD)
    assert "theme.css" in light
    assert "preload" not in light
    assert "script" not in light


def test_scripts_wait_but_those_in_the_page_and_what_they_need() -> None:
    head = (
        '<script src="documentation_options.js"></script>\n<script src="doctools.js"></script>\n'
        '<script src="theme.js"></script>\n'
        '<script defer="defer" src="page.js"></script>\n<script>let a = 1;</script>'
    )
    assert weight.light_scripts(head) == head.replace(
        '<script src="theme', '<script defer src="theme'
    )


@pytest.mark.parametrize(
    ("root", "size"),
    [
        ('<svg width="345.6pt" height="266.4pt" viewBox="0 0 1 1">', (461, 355)),
        ('<svg\n height="20" width="10px">', (10, 20)),
        ('<svg viewBox="0 0 1 1"><rect width="3" height="4"/>', None),
    ],
)
def test_an_svg_says_how_large_it_is(
    tmp_path: Path, root: str, size: tuple[int, int] | None
) -> None:
    path = tmp_path / "a.svg"
    path.write_text(f'<?xml version="1.0"?>{root}</svg>', encoding="utf-8")
    assert weight.image_size(path) == size


def test_a_png_says_how_large_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480))
    assert weight.image_size(path) == (640, 480)
    assert weight.image_size(tmp_path / "a.jpg") is None


def test_pictures_have_room_before_they_are_there(tmp_path: Path) -> None:
    path = tmp_path / "source.svg"
    path.write_text('<svg width="10" height="20"/>', encoding="utf-8")
    body = '<p><img alt="x" src="../_images/a.svg" /></p><img src="a.svg" style="width: 3em">'
    assert weight.with_sizes(body, {"a.svg": path}) == (
        '<p><img alt="x" src="../_images/a.svg" width="10" height="20" decoding="async"/></p>'
        '<img src="a.svg" style="width: 3em" loading="lazy" decoding="async"/>'
    )
