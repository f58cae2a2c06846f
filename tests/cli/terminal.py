"""Runs a program on a pseudo-terminal, with somebody who types."""

import fcntl
import os
import pty
import select
import struct
import termios
import time


def run_on_terminal(command, directory, environment, columns, lines, limit):
    """(exit code, everything that the terminal showed). Each of `lines` is typed when the program
    has printed something and waits."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.execve(command[0], command, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    shown = b""
    waiting = list(lines)
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        readable, _, _ = select.select([terminal], [], [], 0.3)
        if readable:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # the other side is closed
                break
            if not chunk:
                break
            shown += chunk
        elif waiting and shown:
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
    return code, shown.decode(errors="surrogateescape").replace("\r\n", "\n")
