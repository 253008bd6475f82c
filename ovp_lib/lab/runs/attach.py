"""The front of a warm process: ``python -I -S attach.py SOCKET MODULE ...`` runs a module in one.

It behaves like ``python -m MODULE ...``. The module gets the environment, the folder and the
standard streams of this process, and the signals sent to it; this process ends as the module ends.
But the module runs in a fork of the process behind the socket, which has imported the libraries
(:mod:`ovp_lib.lab.runs.warm`). If that process is not there, or if its environment could have given
it other settings, the module runs here, as ``python -m`` runs it.

Only the standard library is imported, and little of it: this process costs next to nothing.
"""

import json
import os
import select
import signal
import socket
import sys

LOOK = 1.0
"""Seconds between two looks whether the process that started this one is still there."""


def main(path: str, module: str, *arguments: str) -> int:
    """Run the module in a fork of the process behind the socket.

    Args:
        path: of the socket.
        module: the module's name.
        arguments: its command line.

    Returns:
        The exit code of the module.
    """
    parent = os.getppid()
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
        request = {
            "module": module,
            "arguments": arguments,
            "folder": os.getcwd(),  # noqa: PTH109 - pathlib is slow to import
            "environment": dict(os.environ),
        }
        socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], [0, 1, 2])
        answers = connection.makefile("rb")
        child = int(answers.readline() or 0)
    except OSError:
        child = 0
    if not child:
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: os.kill(child, received))
    while not select.select([connection], [], [], LOOK)[0]:
        if os.getppid() != parent:
            return 1  # the end of this connection ends the fork
    code = int(answers.readline() or 1)
    if code < 0:
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:  # which have no handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
