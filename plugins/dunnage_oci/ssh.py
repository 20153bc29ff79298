"""An engine on another machine: the ``ssh`` program, with the engine's socket at its other end.

What Docker's command line does for ``ssh://`` (docs.docker.com, "Use SSH to protect the Docker
daemon socket"): ``ssh [-l USER] [-p PORT] -- HOST docker [--host unix://PATH] system dial-stdio``,
whose input and output are the connection. Keys, known hosts and jump hosts are ssh's own affair.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from typing import IO
from urllib.parse import SplitResult, unquote

from dunnage import TargetError

_PATIENCE = 30  # seconds for the connection, as Docker has it
_SHOWN = 300


def command(parts: SplitResult, program: str = "ssh") -> list[str]:
    """What to run for an ``ssh://`` address. Raises TargetError for one that is none."""
    shown = f"ssh://{parts.netloc.rpartition('@')[2]}{parts.path}"
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.query or parts.fragment or parts.password is not None:
        raise TargetError(
            f"{shown} is no address of an engine; ssh://[USER@]HOST[:PORT][/PATH/OF/SOCKET] is"
        )
    found = [program]
    found += ["-l", unquote(parts.username)] if parts.username else []
    found += ["-p", str(port)] if port else []
    found += ["-o", f"ConnectTimeout={_PATIENCE}", "-T", "--", host, "docker"]
    if parts.path.strip("/"):
        # The other machine's shell reads this line.
        found += ["--host", _quoted(f"unix://{parts.path}")]
    return [*found, "system", "dial-stdio"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


class Connection(http.client.HTTPConnection):
    """HTTP through ``ssh``. Nothing else may be asked when the answer has been read."""

    def __init__(self, parts: SplitResult, env: Mapping[str, str], timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._command = command(parts)
        self._env = env
        self._said: IO[bytes] | None = None
        self.complaint = ""
        """The last line that ssh, or the engine's command behind it, said; "" for none. Known when
        the connection is closed."""

    def connect(self) -> None:
        program = shutil.which("ssh", path=self._env.get("PATH"))
        if program is None:
            raise OSError(
                "ssh is not on the PATH (`docker save IMAGE | dunnage check -` needs none)"
            )
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this system has no Unix sockets")
        ours, its = socket.socketpair()
        # What ssh has to say goes to a file without a name: nobody reads it while it works.
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the connection
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell here; the host stands behind --
                [program, *self._command[1:]],
                stdin=its.fileno(),
                stdout=its.fileno(),
                stderr=self._said,
                env=dict(self._env),
            )
        except OSError:
            ours.close()
            raise
        finally:
            its.close()
        # It ends when the answer is closed, whoever holds that then; it must not stay a zombie.
        threading.Thread(target=process.wait, daemon=True).start()
        ours.settimeout(self.timeout)
        self.sock = ours

    def getresponse(self) -> http.client.HTTPResponse:
        response = super().getresponse()
        self._listen()
        return response

    def close(self) -> None:
        # Called for a failed answer, too, before anybody can ask why it failed.
        self._listen()
        super().close()

    def _listen(self) -> None:
        said, self._said = self._said, None
        if said is not None:
            with said:
                said.seek(0, os.SEEK_END)
                said.seek(max(0, said.tell() - 4096))
                lines = said.read().decode("utf-8", "replace").splitlines()
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            self.complaint = last[:_SHOWN]
