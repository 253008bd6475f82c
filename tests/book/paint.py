"""When a reader on a slow telephone sees a page: ``python -m tests.book.paint HTML [PAGE ...]``.

Chromium's own throttling stands for 1.6 Mbit/s with 150 ms to and fro, and a processor a quarter
as fast as this one; the book is sent compressed, nothing is in the cache. For each page the first
paint of text, how much of the visible page moved later (cumulative layout shift), and what was
sent. No test holds these times, which depend on what else the machine does; the tests hold sizes.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.book.conftest import FLAGS, toc_pages
from tests.book.served import compressed

NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 1e5}
SLOWER = 4
WATCH = """
window.shifted = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (!entry.hadRecentInput) window.shifted += entry.value;
})).observe({type: "layout-shift", buffered: true});
"""
SEEN = """() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    load: performance.getEntriesByType("navigation")[0].loadEventEnd,
    sent: ["resource", "navigation"].flatMap(kind => performance.getEntriesByType(kind))
        .reduce((sum, each) => sum + each.encodedBodySize, 0),
    shifted: window.shifted,
})"""


def measure(browser: Browser, address: str, size: dict[str, int]) -> dict[str, float]:
    """Open a page once, slowly, and return milliseconds, bytes and shifts."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    throttle = context.new_cdp_session(page)
    throttle.send("Network.enable")
    throttle.send("Network.emulateNetworkConditions", NETWORK)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    page.evaluate("() => window.ovpMaths")
    page.wait_for_timeout(1000)
    found = dict(page.evaluate(SEEN))
    context.close()
    return found


def main(html: Path, pages: list[str]) -> None:
    """Print a line for each page and size of the screen."""
    print(f"{'page':46} {'screen':>6} {'paint s':>8} {'load s':>7} {'sent kB':>8} {'shift':>6}")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with compressed(html) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in pages:
            for width, height in ((1400, 900), (390, 844)):
                size = {"width": width, "height": height}
                found = measure(browser, f"{site}/{name}.html", size)
                print(
                    f"{name:46} {width:6} {found['paint'] / 1000:8.2f} {found['load'] / 1000:7.2f}"
                    f" {found['sent'] / 1000:8.0f} {found['shifted']:6.3f}"
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2:] or toc_pages())
