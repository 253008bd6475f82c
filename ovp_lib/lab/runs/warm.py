"""A process that has imported the libraries, and forks the processes of many notebooks.

A notebook's kernel imports torch, pandas, seaborn and scipy before it computes anything, and its
worker imports papermill: seconds, for each notebook. ``python -m ovp_lib.lab.runs.warm`` imports
them once; each process that runs a module by way of :mod:`ovp_lib.lab.runs.attach` is a fork of it
and begins where imports end.

A fork computes what a new process would: libraries read their settings when they are loaded, so it
is refused to an environment with other settings, and they have started no thread by then.
"""

import builtins
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ovp_lib.lab.runs import attach

PRELOADED = (
    *("papermill", "nbclient", "ipykernel.kernelapp", "ipykernel.ipkernel", "IPython"),
    *("torch", "numba", "pandas", "scipy.stats", "matplotlib.pyplot", "seaborn"),
)
"""What a worker or its kernel imports and is slow to import."""

OWN = ("IPYTHONDIR", "JUPYTER_", "JPY_")
"""How variables begin that processes may have for themselves: no library reads them when loaded."""

BACKLOG = 64


@dataclass(frozen=True)
class Python:
    """How to run a module in a new process.

    Attributes:
        socket: of the warm process of which it is to be a fork; ``None`` for a process that imports
            everything itself.
    """

    socket: Path | None = None

    def command(self, module: str, *arguments: str) -> list[str]:
        """Return the command that runs a module.

        Args:
            module: the module's name.
            arguments: its command line.

        Returns:
            The words of the command.
        """
        if self.socket is None:
            return [sys.executable, "-m", module, *arguments]
        front = [sys.executable, "-I", "-S", attach.__file__, str(self.socket)]
        return [*front, module, *arguments]

    def kernel(self) -> list[str]:
        """Return the command that starts a kernel, for its specification.

        Returns:
            The words of the command; none if it is the usual one.
        """
        arguments = ("ipykernel_launcher", "-f", "{connection_file}")
        return [] if self.socket is None else self.command(*arguments)


COLD = Python()


@contextlib.contextmanager
def python(environment: Mapping[str, str], *, processes: int) -> Iterator[Python]:
    """Start a warm process, if it is worth it, for as long as the context lasts.

    Args:
        environment: of the processes that will be started, all of it but for what is :data:`OWN`.
        processes: how many notebooks will run. For one, a warm process would be slower; and where
            it is not safe to fork a process that has loaded libraries (a Mac), there is none.

    Yields:
        What runs modules in that environment.
    """
    if processes < 2 or sys.platform != "linux":
        yield COLD
        return
    with tempfile.TemporaryDirectory(prefix="ovp-") as folder:
        path = Path(folder) / "warm"
        with socket.socket(socket.AF_UNIX) as listener:
            try:
                listener.bind(str(path))
            except OSError:  # the name of the folder is too long for a socket
                yield COLD
                return
            listener.listen(BACKLOG)  # processes may ask already, and wait for the imports
            server = subprocess.Popen(
                [sys.executable, "-m", __name__, str(listener.fileno()), *PRELOADED],
                env=dict(environment),
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        with server:
            try:
                yield Python(path)
            finally:
                server.terminate()  # it heeds this while it imports, and the end of stdin later


@dataclass(frozen=True)
class _Request:
    """What a front asks for.

    Attributes:
        module: the module that is to run.
        arguments: its command line.
        folder: in which it works.
        environment: all of its variables.
        streams: file descriptors of its standard input, output and error.
    """

    module: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    streams: list[int]

    def enter(self) -> None:
        """Take on the streams, the folder and the variables, in the fork that is to do this."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        if "JPY_PARENT_PID" in os.environ:  # a kernel ends when this process is no longer there
            os.environ["JPY_PARENT_PID"] = str(os.getppid())

    def run(self) -> None:
        """Run the module as ``python -m`` does."""
        sys.argv = [self.module, *self.arguments]
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


@dataclass(frozen=True)
class _Fork:
    """A running fork, as the server sees it.

    Attributes:
        child: its process id.
        front: the connection to the process in whose place it runs.
        process: what can be read when it has ended.
    """

    child: int
    front: socket.socket
    process: FileIO

    def kill(self) -> None:
        """Kill it, and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child, signal.SIGKILL)

    def report(self) -> None:
        """Tell the front how it has ended."""
        _, status = os.waitpid(self.child, 0)
        with contextlib.suppress(OSError):  # the front may have ended first
            self.front.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        self.front.close()
        self.process.close()


def _serve(listener: socket.socket, life: int) -> _Request | None:
    """Fork a process for each request until the other end of ``life`` is closed.

    Args:
        listener: the socket at which fronts connect.
        life: a file descriptor; at its end all forks are killed.

    Returns:
        In a fork, the request that it is to fulfil; in the server ``None``, at the end.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(life, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if selector.get_map().get(key.fd) is not key:
                    continue  # a front that has ended together with its fork
                fork: _Fork | None = key.data
                if key.fileobj == life:
                    for other in selector.get_map().values():
                        if other.data:
                            other.data.kill()
                    return None
                if fork is None:
                    accepted = _accept(listener)
                    if isinstance(accepted, _Request):
                        return accepted
                    if accepted:
                        selector.register(accepted.front, selectors.EVENT_READ, accepted)
                        selector.register(accepted.process, selectors.EVENT_READ, accepted)
                elif key.fileobj == fork.process:
                    selector.unregister(fork.process)
                    if fork.front.fileno() in selector.get_map():
                        selector.unregister(fork.front)
                    fork.report()
                else:  # a front says nothing: this is its end
                    selector.unregister(fork.front)
                    fork.kill()


def _accept(listener: socket.socket) -> _Request | _Fork | None:
    """Answer the next front.

    Args:
        listener: the socket at which it has connected.

    Returns:
        In a fork, the request; in the server the fork, or ``None`` if there is to be none.
    """
    front, _ = listener.accept()
    request = _read(front)
    if request is None or not _alike(request.environment):
        fork = None
        front.close()
    else:
        child = os.fork()
        os.setpgid(child, child)  # in both processes, so that it is done when either goes on
        if child == 0:
            return request
        with contextlib.suppress(OSError):  # the front may have ended; then this is seen next
            front.sendall(b"%d\n" % child)
        fork = _Fork(child, front, FileIO(os.pidfd_open(child)))
    for stream in request.streams if request else ():
        os.close(stream)  # or its other end would not see that the fork has closed it
    return fork


def _read(front: socket.socket) -> _Request | None:
    """Read what a front asks for.

    Args:
        front: the connection.

    Returns:
        The request; ``None`` if the front has ended before it said all.
    """
    text, streams, *_ = socket.recv_fds(front, 2**16, 3)
    while text and not text.endswith(b"\n"):
        more = front.recv(2**16)
        text = text + more if more else b""
    return _Request(**json.loads(text), streams=streams) if text else None


def _alike(environment: Mapping[str, str]) -> bool:
    """Say whether libraries would be loaded in an environment as they were in this process.

    Args:
        environment: all variables, by name.

    Returns:
        Whether it differs from that of this process in variables that are :data:`OWN` only.
    """
    mine, other = (
        {name: value for name, value in variables.items() if not name.startswith(OWN)}
        for variables in (os.environ, environment)
    )
    return mine == other


def main(number: str, *names: str) -> None:
    """Import what is slow to import; then serve, or be one of the forks.

    Args:
        number: of the file descriptor of the socket.
        names: of the modules to import.
    """
    with _as_in_a_kernel():
        for name in names:
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection writes to what it visits, which each fork would have to copy
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=int(number)) as listener:
        request = _serve(listener, sys.stdin.fileno())
    if request is not None:
        request.enter()
        request.run()


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Let libraries see, while they are loaded, what they would see in a kernel."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # By this pandas decides whether a wide table is cut to the width of a terminal.
    vars(builtins)["get_ipython"] = lambda: types.SimpleNamespace(kernel=None)
    yield
    del os.environ["MPLBACKEND"], vars(builtins)["get_ipython"]


if __name__ == "__main__":
    main(*sys.argv[1:])
