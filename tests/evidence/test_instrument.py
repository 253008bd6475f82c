import json
import re

import numpy as np
import pytest
import torch

from ovp_lib.evidence.instrument import instrument


def payload(html: str) -> dict:
    found = re.fullmatch(r'<div class="ovp-instrument".*?<script.*?>(.*)</script></div>', html)
    assert found
    return json.loads(found[1])


def test_arrays_travel_as_short_numbers() -> None:
    data = {
        "x": torch.tensor([1 / 3, 2.0], dtype=torch.float64),
        "y": np.eye(2),
        "nested": {"c": [1e-20 / 3], "name": "z"},
    }
    html = instrument("indicator", 'a "label"', data).data
    assert payload(html) == {
        "x": [0.333333333, 2.0],
        "y": [[1.0, 0.0], [0.0, 1.0]],
        "nested": {"c": [3.33333333e-21], "name": "z"},
    }
    assert "hidden" in html
    assert "&quot;label&quot;" in html


def test_text_cannot_end_the_element() -> None:
    html = instrument("indicator", "label", {"name": "</script><b>"}).data
    assert html.count("</script>") == 1
    assert payload(html) == {"name": "</script><b>"}


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        instrument("indicator", "label", {"x": [float("nan")]})
