"""podman's and buildah's own storage, through a tool that reads it: nothing else knows its
format."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from typing import IO, BinaryIO, cast

from dunnage import ArchiveError, TargetError
from dunnage_oci.document import load, mapping, texts

_TOOLS = ("podman", "skopeo")
_SHOWN = 300
_PATIENCE = 60


def available(env: Mapping[str, str]) -> bool:
    """Whether a tool that can read the storage is on the PATH."""
    return _tool(env) is not None


def stream(reference: str, env: Mapping[str, str]) -> BinaryIO:
    """The image as a docker archive, written by podman or skopeo into a pipe. It ends with an
    ArchiveError when the tool fails on the way. Raises TargetError when there is no tool."""
    found = _tool(env)
    if found is None:
        raise TargetError(
            f"containers-storage:{reference}: neither podman nor skopeo is on the PATH"
        )
    name, program = found
    if name == "podman":
        command = [program, "save", "--quiet", "--format", "docker-archive", "--", reference]
    else:
        command = [
            program,
            "copy",
            "--quiet",
            "--",
            f"containers-storage:{reference}",
            "docker-archive:/dev/stdout",
        ]
    # What the tool has to say goes to a file without a name: nobody reads it while it works.
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the stream
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell; the reference stands behind --
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=dict(env)
        )
    except OSError as error:
        said.close()
        raise TargetError(f"{program}: {error.strerror}") from None
    return _first(process, said, f"containers-storage:{reference}")


def layers(reference: str, env: Mapping[str, str]) -> list[str]:
    """The diff_ids of an image, bottom first. Raises TargetError when there is no such image or no
    tool that knows."""
    what = f"containers-storage:{reference}"
    found = _tool(env)
    if found is None:
        raise TargetError(f"{what}: neither podman nor skopeo is on the PATH")
    name, program = found
    if name == "podman":
        command = [program, "image", "inspect", "--", reference]
    else:
        command = [program, "inspect", "--config", "--", what]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the reference stands behind --
            command, capture_output=True, check=False, env=dict(env), timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"{what}: {program} does not answer ({type(error).__name__})") from None
    if done.returncode != 0:
        raise TargetError(f"{what}: {_last_line(io.BytesIO(done.stderr))}")
    answer = load(done.stdout)
    image = mapping(answer[0] if isinstance(answer, list) and answer else answer)
    return texts(mapping(image.get("RootFS")).get("Layers")) or texts(
        mapping(image.get("rootfs")).get("diff_ids")
    )


def _tool(env: Mapping[str, str]) -> tuple[str, str] | None:
    for name in _TOOLS:
        program = shutil.which(name, path=env.get("PATH"))
        if program is not None:
            return name, program
    return None


def _first(process: subprocess.Popen[bytes], said: IO[bytes], what: str) -> BinaryIO:
    """Wait for the first bytes: a tool that has no such image gives none, and that is the user's
    error."""
    pipe = cast("BinaryIO", process.stdout)
    head = pipe.read(512)
    if not head:
        pipe.close()
        process.wait()
        raise TargetError(f"{what}: {_last_line(said)}")
    return cast("BinaryIO", io.BufferedReader(_Output(process, pipe, head, said, what), 1 << 20))


def _last_line(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 4096))
    lines = [line for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    said.close()
    return lines[-1].strip().removeprefix("Error: ")[:_SHOWN] if lines else "the tool gave nothing"


class _Output(io.RawIOBase):
    """What a tool writes. Its failure is told at the end, where a short archive would be."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        pipe: BinaryIO,
        head: bytes,
        said: IO[bytes],
        what: str,
    ) -> None:
        super().__init__()
        self._process = process
        self._pipe = pipe
        self._head = head
        self._said = said
        self._what = what

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # a writable buffer
        part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        part = part or self._pipe.read(len(buffer))
        if not part and self._process.wait() != 0:
            raise ArchiveError(f"{self._what}: {_last_line(self._said)}")
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._pipe.close()
            if self._process.poll() is None:
                self._process.terminate()
            self._process.wait()
            self._said.close()
        super().close()
