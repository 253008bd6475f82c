"""The interactive figures: what they say is what the library computes."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from playwright.sync_api import Browser, Page

from ovp_lib.evidence import published
from ovp_lib.kernels import span_bound
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.maths import smooth
from ovp_lib.models import inputs
from ovp_lib.pages import STATEMENTS
from ovp_lib.pages.section_7.curves import both_conventions, both_panels, chosen, finished
from ovp_lib.pages.slides_almost_linear import balls
from ovp_lib.pages.slides_almost_linear import instrument as of_balls
from ovp_lib.proofs import adversary, indicator, minimal_sup, perturbations
from ovp_lib.proofs.rademacher import bounds
from tests.book.conftest import WIDE, Visit, of_page

pytestmark = pytest.mark.browser

of_lemma_6_3, of_lemma_6_5, of_lemma_6_10, of_figure_1, of_kernels, of_slides = (
    of_page(f"notebooks/{name}")
    for name in (
        "lemma-6-3-indicator-to-function",
        "lemma-6-5-coupling",
        "lemma-6-10-generalisation",
        "figure-1",
        "kernel-lower-bound",
        "slides-almost-linear",
    )
)
PLACED = {f"notebooks/{name}": each for name, each in STATEMENTS.items() if each.instrument}
placed = pytest.mark.parametrize("name", PLACED)
ROOT = "#try-it .ovp-instrument"
CLIP = 5.0
SLIDE = """(slider, wanted) => {
    const number = words => Number(words.replace(/[^0-9.e−]/g, "").replace(/−/g, "-"));
    const step = Number(slider.step || 1);
    let low = 0, high = Math.round((slider.max - slider.min) / step);
    const show = at => {
        slider.value = Number(slider.min) + at * step;
        slider.dispatchEvent(new Event("input", {bubbles: true}));
        return slider.getAttribute("aria-valuetext");
    };
    const [first, last] = [show(low), show(high)];
    const grows = number(first) < number(last);
    while (low <= high) {
        const middle = (low + high) >> 1, words = show(middle);
        if (words === wanted) return true;
        if ((number(words) < number(wanted)) === grows) low = middle + 1;
        else high = middle - 1;
    }
    return false;
}"""
"""By halves: what a slider shows grows, or falls. Each place that it is at draws the plots."""

X1 = torch.linspace(-1, 1, 41, dtype=torch.float64)


def number(text: str) -> float:
    """Return the number with which a text begins."""
    found = re.match(r"[−-]?[0-9.,]*[0-9](e[−-]?[0-9]+)?", text)
    assert found, f"{text!r} does not begin with a number"
    return float(found.group().replace("−", "-").replace(",", ""))


class Instrument:
    """The instrument of an open page, worked as a reader does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(ROOT)

    def control(self, label: str):
        return self.root.get_by_label(label, exact=True)

    def slide(self, label: str, value: str) -> None:
        """Move a slider to its ends, then by halves until it shows a value."""
        slider = self.control(label)
        assert slider.is_visible()
        assert slider.evaluate(SLIDE, value), f"the slider {label!r} does not show {value!r}"

    def choose(self, label: str, value: str) -> None:
        self.control(label).select_option(value)

    def reset(self) -> None:
        self.root.get_by_role("button", name="Reset").click()

    def said(self, name: str) -> str:
        rows = self.root.locator(".ovp-instrument-readout")
        texts = rows.locator("dt, dd").all_inner_texts()
        return dict(zip(texts[::2], texts[1::2], strict=True))[name]

    def everything(self) -> str:
        return self.root.locator(".ovp-instrument-readout").inner_text()


@pytest.fixture
def shown(visit: Visit, name: str) -> Iterator[Instrument]:
    """The instrument of a page as it is at first."""
    tab = visit(name)
    instrument = Instrument(tab.page)
    instrument.reset()
    yield instrument
    assert tab.trouble == []


@placed
def test_three_things_to_try_change_something_and_reset_undoes_them(shown: Instrument) -> None:
    start = shown.everything()
    tries = shown.root.locator(".ovp-try")
    assert tries.count() == 3
    found = []
    for i in range(3):
        tries.nth(i).click()
        found.append(shown.everything() + shown.root.locator("svg").first.inner_html())
    assert len(set(found)) == 3
    shown.reset()
    assert shown.everything() == start
    intro = shown.root.locator(".ovp-instrument-intro").inner_text()
    assert len(re.findall(r"[.!?](?= |$)", intro)) == 1


@placed
def test_it_is_near_the_top_and_worked_from_the_keyboard(shown: Instrument) -> None:
    assert shown.page.locator(".bd-article section:has(> h2)").first.get_attribute("id") == "try-it"
    slider = shown.root.get_by_role("slider").first
    slider.focus()
    before = slider.input_value()
    shown.page.keyboard.press("ArrowLeft")
    assert float(slider.input_value()) < float(before)
    controls = shown.root.locator("input, select")
    labels = controls.evaluate_all("nodes => nodes.map(node => node.labels.length)")
    assert set(labels) == {1}


COUNTED = """slider => {
    const usual = Object.getOwnPropertyDescriptor(Element.prototype, "clientWidth");
    let asked = 0;
    const get = function () { asked += 1; return usual.get.call(this); };
    Object.defineProperty(Element.prototype, "clientWidth", { ...usual, get });
    slider.value = slider.min;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    Object.defineProperty(Element.prototype, "clientWidth", usual);
    return asked;
}"""


@placed
def test_a_step_of_a_slider_does_not_ask_for_the_width(shown: Instrument) -> None:
    """Asking lays out the whole page, before it is drawn again."""
    assert shown.root.get_by_role("slider").first.evaluate(COUNTED) == 0


@placed
def test_it_fits_a_phone_and_can_be_touched(phone: Page) -> None:
    shown = Instrument(phone)
    shown.reset()
    wide = shown.root.locator("*").evaluate_all(
        "nodes => nodes.filter(n => n.getBoundingClientRect().right > innerWidth + 1).length"
    )
    small = shown.root.locator("button, select, input:visible").evaluate_all(
        "nodes => nodes.filter(n => n.checkVisibility() && n.offsetHeight < 30).length"
    )
    cut = shown.root.locator("figure svg text").evaluate_all(
        """texts => texts.map(text => [text.getBoundingClientRect(), text.closest("svg")])
            .filter(([box, svg]) => box.right > svg.getBoundingClientRect().right + 6
                || box.left < svg.getBoundingClientRect().left - 1).length"""
    )
    assert (wide, small, cut) == (0, 0, 0)


@placed
def test_without_javascript_nothing_of_it_is_shown(browser: Browser, site: str, name: str) -> None:
    context = browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    assert page.locator(".cell_output img").first.is_visible()
    assert not page.locator(ROOT).is_visible()
    context.close()


@placed
def test_it_is_light(html: Path, name: str) -> None:
    statement = PLACED[name].instrument
    assert statement is not None
    page = (html / f"{name}.html").read_text(encoding="utf-8")
    [carried] = re.findall(r'data-instrument="\w+".*?</div>', page.partition('id="try-it"')[2])[:1]
    scripts = html / "_static" / "instruments"
    code = sum((scripts / f"{each}.js").stat().st_size for each in ("base", "plot"))
    own = (scripts / f"{statement.script}.js").stat().st_size
    assert len(carried.encode()) + own < 70_000
    assert code < 20_000


def largest_error(make: object, phi: smooth.SmoothFunction, degree: int) -> float:
    h = make(phi, degree, CLIP)  # type: ignore[operator]
    return float((h.expectation(X1) - phi(X1)).abs().max())


@of_lemma_6_3
@pytest.mark.parametrize("phi", ["sin(2z)", "exp(z)", "z^3"])
@pytest.mark.parametrize("degree", [0, 3, 11])
def test_the_errors_of_lemma_6_3_are_the_library_s(
    shown: Instrument, phi: str, degree: int
) -> None:
    shown.choose("φ", phi)
    for kind, make in {
        "the paper's": indicator.taylor_indicator,
        "of least norm": indicator.least_norm_indicator,
    }.items():
        shown.choose("h", kind)
        shown.slide("series cut at degree", str(degree))
        expected = largest_error(make, smooth.parse(phi), degree)
        said = shown.said("largest error")
        assert number(said) == pytest.approx(expected, rel=0.06, abs=2e-6)
        assert ("within" if expected <= 0.01 else "above") in said


@of_lemma_6_3
@pytest.mark.parametrize("phi", ["sin(2z)", "cos(2z)"])
def test_the_least_sup_is_the_library_s(shown: Instrument, phi: str) -> None:
    shown.choose("φ", phi)
    shown.choose("h", "of least sup|h|")
    h = minimal_sup.least_sup_indicator(smooth.parse(phi), 0.01)
    assert number(shown.said("largest |h|")) == pytest.approx(h.sup(), rel=0.01)
    assert "within" in shown.said("largest error")
    assert not shown.control("series cut at degree").is_visible()


@of_lemma_6_3
def test_a_reader_s_own_coefficients(shown: Instrument) -> None:
    field = shown.control("c₀, c₁, …")
    assert not field.is_visible()
    shown.choose("φ", "own")
    shown.slide("series cut at degree", "2")
    field.fill("1/2, −1, 0, 2")
    phi = smooth.parse("poly(0.5,-1,0,2)")
    expected = largest_error(indicator.taylor_indicator, phi, 2)
    assert number(shown.said("largest error")) == pytest.approx(expected, rel=0.06)
    shown.slide("series cut at degree", "3")
    assert number(shown.said("largest error")) < 1e-3
    before, message = shown.everything(), shown.root.locator(".ovp-instrument-message")
    for bad, words in {
        "1, two": "numbers separated by commas",
        "1/2/3": "numbers separated by commas",
        "1/0": "numbers separated by commas",
        "0," * 40 + "1": "At most 15",
    }.items():
        field.fill(bad)
        assert words in message.inner_text()
        assert field.get_attribute("aria-invalid") == "true"
        assert shown.everything() == before
    field.fill("1")
    assert message.inner_text() == ""
    shown.choose("h", "of least sup|h|")
    assert "of the list only" in message.inner_text()


@of_lemma_6_3
def test_the_map_of_h_has_ticks_and_says_how_large_h_is(shown: Instrument) -> None:
    assert "largest value" in (shown.root.locator("canvas").get_attribute("aria-label") or "")
    assert shown.root.locator(".x-ticks span").all_inner_texts() == [
        *("−3", "−2", "−1"),
        *("0", "1", "2", "3"),
    ]
    assert "0" in shown.root.locator(".y-ticks span").all_inner_texts()


@of_kernels
@pytest.mark.parametrize(("d", "k", "n"), [(30, 4, 300), (12, 3, 100), (60, 8, 100_000)])
def test_the_bound_for_kernels_is_the_library_s(shown: Instrument, d: int, k: int, n: int) -> None:
    shown.slide("dimension d", str(d))
    shown.slide("size k of S", str(k))
    shown.slide("samples N", f"{n:,}")
    shown.slide("size α of the parity", "0.50")
    parities = math.comb(d, k)
    assert number(shown.said("parities C(d, k)")) == parities
    least = 0.25 * span_bound.average_bound(n, d, k)
    assert number(shown.said("least error of any kernel with your N")) == pytest.approx(
        least, rel=6e-3, abs=1e-9
    )
    assert number(shown.said("samples for half of it")) == span_bound.size_needed(0.5, d, k)
    assert number(shown.said("99 % fail up to N =")) == parities // 1000
    measured = shown.root.locator("svg title", has_text="plain, 3 layers, N =")
    assert measured.count() == (6 if (d, k) == (30, 4) else 0)


CURVE = re.compile(r"(?P<name>[23]layer(\(\w+\))?), (?P<axis>[mN]) = (?P<x>\d+): (?P<error>\S+)")


def drawn(shown: Instrument, who: str = "") -> dict[tuple[str, int], float]:
    titles = shown.root.locator("svg title").all_text_contents()
    found = (CURVE.fullmatch(title.removeprefix(who)) for title in titles if title.startswith(who))
    return {(each["name"], int(each["x"])): float(each["error"]) for each in found if each}


def expected_curves(panel: str, *, inputs: str, by: str, cap: float, seed: int | None) -> dict:
    runs = finished(reference("figure-1", "paper"))
    best = chosen(runs[runs["lr"] <= cap], by=by)
    if inputs == "plain":
        curves = {n: v for (n, kind), v in both_conventions(best).items() if kind == "plain"}
    else:
        curves = {name: v for (where, name), v in both_panels(best).items() if where == panel}
    found = {}
    for name, values in curves.items():
        rows = values if seed is None else values.loc[[seed]]
        for x, errors in np.exp(np.log(rows).mean()).dropna().items():
            found[name, int(x)] = float(errors)
    return found


@of_figure_1
@pytest.mark.parametrize(
    ("panel", "settings"),
    [
        ("a", {"inputs": "padded", "by": "validation", "cap": 10.0, "seed": None}),
        ("b", {"inputs": "padded", "by": "test", "cap": 10.0, "seed": None}),
        ("a", {"inputs": "padded", "by": "validation", "cap": 2.0, "seed": 1}),
        ("a", {"inputs": "plain", "by": "test", "cap": 5.0, "seed": None}),
    ],
)
def test_the_tuner_s_curves_are_the_library_s(
    shown: Instrument, panel: str, settings: dict
) -> None:
    shown.choose("figure", panel)
    if panel == "a":
        shown.choose("inputs", settings["inputs"])
    shown.choose("chosen by", settings["by"])
    shown.slide("largest step size allowed", f"{settings['cap']:g}")
    shown.choose("seeds", "all" if settings["seed"] is None else str(settings["seed"]))
    expected = expected_curves(panel, **settings)
    got = drawn(shown)
    assert got.keys() == expected.keys()
    assert [got[at] for at in expected] == pytest.approx([*expected.values()], rel=2e-3)
    at_1000 = sorted((error, name) for (name, x), error in expected.items() if x == 1000)
    letter = "m" if panel == "a" else "N"
    order = " < ".join(name for _, name in at_1000)
    assert shown.said(f"order of ours at {letter} = 1000") == order


@of_figure_1
def test_the_print_is_beside_the_tuner_s_curves(shown: Instrument) -> None:
    points = published.points("figure-1").query("panel == 'a'")
    expected = {(r.series, int(r.x)): r.test_error for r in points.itertuples()}
    assert drawn(shown, "printed ") == pytest.approx(expected, rel=1e-3)


@of_lemma_6_5
@pytest.mark.parametrize(("m", "tau"), [(10_000, 0.01), (50_000, 0.002), (1000, 0.1)])
def test_the_adversary_s_flips_are_the_library_s(shown: Instrument, m: int, tau: float) -> None:
    shown.slide("width m", f"{m:,}" if m >= 1000 else str(m))
    shown.slide("norm τ of the movement", f"{tau:g}")
    quantiles = torch.special.ndtri((torch.arange(m, dtype=torch.float64) + 0.5) / m)
    z = math.sqrt(2 / m) * quantiles
    expected = adversary.first_layer_flips(z[None, None], tau).item()
    assert number(shown.said("best adversary")) == pytest.approx(expected, rel=0.006, abs=1)
    bound = float(perturbations.first_bound(tau, m))
    assert number(shown.said("the bound's τ^(4/5) m^(6/5)")) == pytest.approx(bound, rel=6e-3)

    draws = [inputs.stream(0, draw) for draw in range(40)]
    W = perturbations.random_first(torch.zeros(40, m, 5, dtype=torch.float64), tau, draws)
    moved = ((z >= 0) != (z + W[:, :, 0] >= 0)).sum(dim=1).double()  # at x = (1, 0, 0, 0, 0)
    error = moved.std().item() / math.sqrt(len(moved))
    said = number(shown.said("random movement of the same norm"))
    assert said == pytest.approx(moved.mean().item(), abs=4 * error + 0.006 * said)


@of_lemma_6_10
@pytest.mark.parametrize(
    ("m", "n", "w", "v"),
    [(100, 100, 0.75, 0.0), (400, 1600, 0.75, 0.0), (100_000, 100_000, 0.9, 0.2)],
)
def test_the_bounds_on_complexity_are_the_library_s(
    shown: Instrument, m: int, n: int, w: float, v: float
) -> None:
    shown.slide("width m", f"{m:,}")
    shown.slide("samples N", f"{n:,}")
    shown.slide("bound on ‖W′‖₂,₄", f"m^(−{w:.2f})")
    shown.slide("bound on ‖V′‖_F", f"m^(−{v:.2f})" if v else "1")
    radii = m**-w, m**-v
    without, averaged = (
        bounds.printed_without(*radii, m, m, n),
        bounds.printed_with(*radii, m, m, n),
    )
    said = shown.said("bound without Σ")
    parts = [float(each.replace(",", "")) for each in re.findall(r"[\d.,e−]*\d(?:e−\d+)?", said)]
    assert len(parts) == 4
    assert parts == pytest.approx([without.total, *without[:3]], rel=6e-3)
    assert number(shown.said("bound with Σ")) == pytest.approx(averaged.total, rel=6e-3)
    assert f"B = {averaged.coupling:.3g} does not" in shown.said("bound with Σ")
    needed = bounds.samples_without(*radii, m, 0.5)
    said = shown.said("samples for a guarantee without Σ")
    assert number(said) == pytest.approx(needed, rel=0.06)
    with_signs = shown.said("samples for a guarantee with Σ")
    assert ("none is enough" in with_signs) == (averaged.coupling > 0.5)


@of_lemma_6_10
def test_what_was_measured_is_beside_the_bounds_where_it_was(shown: Instrument) -> None:
    assert "at least" in shown.said("measured, frozen gates")
    over_width, over_samples = (shown.root.locator("figure > svg").nth(i) for i in (0, 1))
    assert over_width.locator("title", has_text="with Σ, m = 400, N = 100").count() == 1
    assert over_samples.locator("title", has_text="with Σ, m = 100, N = 1600").count() == 1
    exact = re.compile(r"([\d.]+) with Σ")
    [at_first] = exact.findall(shown.said("measured, frozen gates"))
    shown.slide("bound on ‖V′‖_F", "m^(−0.50)")
    assert "without" not in shown.said("measured, frozen gates")
    [smaller] = exact.findall(shown.said("measured, frozen gates"))
    assert float(smaller) == pytest.approx(float(at_first) / 10, rel=0.01)
    shown.slide("samples N", "10,000")
    assert "m = 25, 50" in shown.said("measured, frozen gates")


class Nothing:
    """A source of an instrument that takes nothing from the stored page."""

    def published(self, name: str) -> pd.DataFrame:
        raise AssertionError(f"{name} is not needed")

    def sweep(self, name: str, preset: str) -> pd.DataFrame:
        raise AssertionError(f"{name} ({preset}) is not needed")


@of_slides
@pytest.mark.parametrize(("share", "c", "r"), [(0.0, 1.0, 4.0), (0.4, 0.3, 16.0), (1.0, 2.0, 0.5)])
def test_the_bound_and_its_optimum_are_the_library_s(
    shown: Instrument, share: float, c: float, r: float
) -> None:
    data = of_balls.data(Nothing())
    shown.slide("random labels", f"{share:.0%}".replace("%", " %"))
    shown.slide("constant c", f"{c:g}")
    shown.slide("radius R", f"{r:g}")
    k, radii = data["shares"].index(share), data["radii"]
    terms = {"depth": data["depth"], "n": data["n"], "constant": c}
    values = balls.bound(np.array(data["least"][k]), radii, **terms)
    parts = shown.said("at your R").replace(" = ", " + ").split(" + ")
    assert number(parts[-1]) == pytest.approx(values[radii.index(r)], rel=6e-3)
    optimum = float(balls.optimum(np.array(data["slope"][k]), radii, **terms))
    assert number(shown.said("optimal radius")) == pytest.approx(optimum, rel=6e-3)
    least = number(shown.said("least value of the bound"))
    assert 0.9 * values.min() < least < 1.02 * values.min()
    assert ("says nothing" in shown.said("least value of the bound")) == (least > 1)
