"""A rendered book, served on this machine, and a chromium that may talk to nothing else."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from tests.book.render import ROOT, DoesNotRender, render_once

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
FORGET = "localStorage.removeItem('sphinx_highlight_terms')"
"""What a search leaves behind: the next page marks its words."""

REMEMBER = "for (const key of ['mode', 'theme']) localStorage.setItem(key, '{}')"

PATIENCE = 180_000
"""Milliseconds after which the browser gives up: they only end what hangs."""

WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}

NOTICED = """async width => {
    const frame = () => new Promise(done => requestAnimationFrame(done));
    while (window.innerWidth !== width) await frame();
    await frame();
    await frame();
}"""
"""Waits until the page has its new width and was drawn again: its scripts know the width then."""

OWN_PAGES = ["search", "genindex"]
"""Pages that Sphinx adds to those of the table of contents."""


def toc_pages() -> list[str]:
    """Return every page of the table of contents, without suffix."""

    def files(node: object) -> Iterator[str]:
        if isinstance(node, list):
            for item in node:
                yield from files(item)
        elif isinstance(node, dict):
            yield from (node[key] for key in ("root", "file") if key in node)
            for key in ("parts", "chapters", "sections"):
                yield from files(node.get(key))

    return list(files(yaml.safe_load((ROOT / "_toc.yml").read_text())))


PAGES = [*toc_pages(), *OWN_PAGES]

MEDIA = ["phone", "paper"]
"""Fixtures that show a page in another way than on a wide screen, in the order of their tests."""


def of_page(name: str) -> pytest.MarkDecorator:
    """Say of a test that it looks at one page, so that it comes with the others of that page."""
    return pytest.mark.parametrize("name", [name])


def page_of(item: pytest.Item) -> str | None:
    """Return the page that a test is about, which is its parameter ``name``."""
    name = (
        item.callspec.params.get("name")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
    return next((page for page in (name, f"notebooks/{name}") if page in PAGES), None)


def place_of(item: pytest.Item) -> tuple[int, int]:
    """Return when a test comes: by its page, which is opened once, then by its medium.

    So the window of a page becomes small once: every change lays out the whole page again.
    """
    page, fixtures = page_of(item), getattr(item, "fixturenames", ())
    medium = next((i for i, each in enumerate(MEDIA) if each in fixtures), -1)
    return PAGES.index(page) if page else len(PAGES), medium


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put all tests of a page one behind the other."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    here.sort(key=place_of)
    items[:] = [*(item for item in items if Path(__file__).parent not in item.path.parents), *here]


@pytest.fixture(scope="session")
def html() -> Path:
    """The book as plain Jupyter Book renders it from what is stored, warnings being errors.

    It is rendered once for all workers. OVP_BOOK_HTML names a rendered book to look at instead:
    the one that `make` has rendered, or that of one's own run.
    """
    if given := os.environ.get("OVP_BOOK_HTML"):
        assert (ROOT / given / "index.html").is_file(), f"OVP_BOOK_HTML={given} holds no book"
        return ROOT / given
    try:
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process {os.getpid()}")
        return render_once(ROOT / "_build" / "stored", run)
    except DoesNotRender as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def site(html: Path) -> Iterator[str]:
    """The address under which the book is served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            """Answer; the front door names no icon, and browsers then ask for the usual one."""
            if self.path != "/favicon.ico":
                return super().do_GET()
            self.send_response(204)
            return self.end_headers()

    handler = functools.partial(Quiet, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.fail("chromium is missing: apt-get install chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@dataclass
class Visitor:
    """A tab of the browser that notes whatever goes wrong in it."""

    page: Page
    site: str
    trouble: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def open(self, name: str) -> Page:
        """Open a page of the book and wait until its equations are drawn."""
        self.page.goto(f"{self.site}/{name}.html")
        self.page.evaluate("() => window.ovpMaths")
        return self.page

    def as_it_was(self, size: ViewportSize = WIDE) -> Page:
        """Undo what a test may have changed: the medium, the colours, the size of the window."""
        self.page.emulate_media(media="screen")
        self.page.evaluate("document.documentElement.dataset.theme = 'light'")
        if self.page.viewport_size != size:
            self.page.set_viewport_size(size)
            self.page.evaluate(NOTICED, size["width"])
        return self.page

    def _asked(self, request: Request) -> None:
        # The browser resolves no name but this machine's (FLAGS): nothing leaves it.
        if not request.url.startswith((f"{self.site}/", "data:", "blob:")):
            self.trouble.append(f"request to another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.trouble.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left before its icon had come
            self.trouble.append(f"failed request: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.trouble.append(f"status {response.status}: {response.url}")


OpenTab = Callable[..., Visitor]


@pytest.fixture(scope="session")
def visitor(browser: Browser, site: str) -> OpenTab:
    """Return a function that opens a tab, for a reader who prefers light or dark."""
    contexts: dict[str, BrowserContext] = {}

    def open_tab(scheme: str = "light") -> Visitor:
        if scheme not in contexts:
            contexts[scheme] = browser.new_context(viewport=WIDE)
            contexts[scheme].set_default_timeout(PATIENCE)
            contexts[scheme].add_init_script(REMEMBER.format(scheme))
            contexts[scheme].add_init_script(FORGET)
        return Visitor(contexts[scheme].new_page(), site)

    return open_tab


Visit = Callable[[str], Visitor]


@pytest.fixture(scope="session")
def opened(visitor: OpenTab) -> Iterator[Visit]:
    """Return a function that gives the tab of a page, which is opened for its first test."""
    tabs: dict[str, Visitor] = {}

    def close() -> None:
        while tabs:
            tabs.popitem()[1].page.close()

    def give(name: str) -> Visitor:
        if name not in tabs:
            close()
            tab = visitor()
            tab.open(name).wait_for_load_state("networkidle")
            tabs[name] = tab
        return tabs[name]

    yield give
    close()


@pytest.fixture
def visit(opened: Visit) -> Visit:
    """Return a function that gives the wide, light tab of a page, the same for all of its tests."""

    def give(name: str) -> Visitor:
        opened(name).as_it_was()
        return opened(name)

    return give


@pytest.fixture
def phone(opened: Visit, name: str) -> Page:
    """The page of a test in a window as small as that of a phone, when the page has noticed."""
    return opened(name).as_it_was(PHONE)


@pytest.fixture
def paper(opened: Visit, name: str) -> Page:
    """The page of a test as it is printed, from a window of whatever size."""
    page = opened(name).page
    page.emulate_media(media="print")
    return page
