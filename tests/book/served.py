"""A book on this machine as a web server sends it: compressed, from one address."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ALREADY = {".woff2", ".png", ".jpg", ".gz"}
"""What is not compressed again."""


@cache
def as_sent(path: Path) -> bytes:
    """Return a file as it travels; it is read once in a process."""
    content = path.read_bytes()
    return content if path.suffix in ALREADY else gzip.compress(content, 6, mtime=0)


@contextmanager
def compressed(html: Path) -> Iterator[str]:
    """Serve a folder, and give the address."""

    class Compressing(http.server.SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            path = html / self.path.partition("?")[0].lstrip("/")
            if not path.is_file():
                self.send_error(404)
                return
            body = as_sent(path)
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Length", str(len(body)))
            if path.suffix not in ALREADY:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Compressing) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
