import pytest

from ovp_lib.lab.book.access import without_empty_headings


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        ('<th class="head"><p></p></th>', '<td class="head"><p></p></td>'),
        ("<th>\n</th>", "<td>\n</td>"),
        ("<th><p>m</p></th>", "<th><p>m</p></th>"),
        ("<thead></thead>", "<thead></thead>"),
    ],
)
def test_only_empty_headings_become_cells(body: str, mended: str) -> None:
    assert without_empty_headings(body) == mended
