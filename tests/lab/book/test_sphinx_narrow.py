"""A figure has two pictures, of which the browser takes one."""

from pathlib import Path

from ovp_lib.lab.book import sphinx_narrow, weight

WIDE, NARROW = '<svg width="40" height="10"/>', '<svg width="10" height="20"/>'


def test_the_narrow_picture_is_copied_beside_the_wide_one(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.svg", tmp_path / "html/_images"
    source.write_text(WIDE)
    (tmp_path / "alone.svg").write_text(WIDE)
    sphinx_narrow.beside(source).write_text(NARROW)
    files = {"shown.svg": source, "alone.svg": tmp_path / "alone.svg"}
    assert sphinx_narrow.copied(files, folder) == {"shown.svg": tmp_path / "a.narrow.svg"}
    assert [path.name for path in folder.iterdir()] == ["shown.narrow.svg"]
    assert (folder / "shown.narrow.svg").read_text() == NARROW


def test_a_phone_is_shown_the_narrow_one_and_a_card_always(tmp_path: Path) -> None:
    source = tmp_path / "a.svg"
    source.write_text(WIDE)
    sphinx_narrow.beside(source).write_text(NARROW)
    found = {"a.svg": source}, {"a.svg": sphinx_narrow.beside(source)}
    made = weight.with_sizes('<img alt="x" src="../_images/a.svg"/>', *found)
    assert made == (
        f'<picture><source media="{sphinx_narrow.PHONE}" srcset="../_images/a.narrow.svg" '
        'width="10" height="20"/><img alt="x" src="../_images/a.svg" width="40" height="10" '
        'decoding="async"/></picture>'
    )
    small = weight.with_sizes(f'<img class="{sphinx_narrow.ALWAYS}" src="_images/a.svg"/>', *found)
    assert 'src="_images/a.narrow.svg" width="10" height="20"' in small
    assert "<picture>" not in small
    assert "<picture>" not in weight.with_sizes('<img src="a.svg"/>', found[0])


def test_a_picture_is_known_by_the_name_that_the_book_writes_it_under() -> None:
    name = sphinx_narrow.written_as("<svg>\n</svg>\n")
    assert name == sphinx_narrow.written_as("<svg>\n</svg>")
    assert name != sphinx_narrow.written_as("<svg> </svg>")
