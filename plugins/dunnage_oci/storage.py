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

from msgspec import Struct

from dunnage import ArchiveError, TargetError, lazy_regex
from dunnage_oci.document import load, mapping, texts
from dunnage_oci.reference import is_explicit

_TOOLS = ("podman", "skopeo", "buildah")
_NONE = "none of podman, skopeo and buildah is on the PATH"
_SHOWN = 300
_PATIENCE = 60
# containers-transports(5): [driver@root+run-root:options]NAME@ID
_SPECIFIER = lazy_regex(
    r"\[(?:(?P<driver>[a-z0-9]+)@)?(?P<root>/[^\]+:]*)(?:\+(?P<run>/[^\]:]*))?"
    r"(?::(?P<options>[^\]]*))?\](?P<rest>.*)"
)
_WITH_ID = lazy_regex(r".*@(?P<id>[0-9a-f]{64})")


class _Stored(Struct, frozen=True):
    """An image of the storage, and ``where``: the options of podman and buildah that name a storage
    other than the usual one."""

    reference: str
    where: tuple[str, ...] = ()


def _parsed(text: str) -> _Stored:
    found = _SPECIFIER.fullmatch(text)
    reference = found["rest"] if found else text
    with_id = _WITH_ID.fullmatch(reference)
    if with_id:
        reference = with_id["id"]
    if not found:
        return _Stored(reference)
    where = ["--root", found["root"]]
    where += ["--runroot", found["run"]] if found["run"] else []
    where += ["--storage-driver", found["driver"]] if found["driver"] else []
    for each in (found["options"] or "").split(","):
        where += ["--storage-opt", each] if each else []
    return _Stored(reference, tuple(where))


def available(env: Mapping[str, str]) -> bool:
    """Whether a tool that can read the storage is on the PATH."""
    return _tool(env) is not None


def stream(reference: str, env: Mapping[str, str]) -> BinaryIO:
    """The image as a docker archive, written by one of the tools into a pipe. It ends with an
    ArchiveError when the tool fails on the way. Raises TargetError when there is no tool."""
    found = _tool(env)
    if found is None:
        raise TargetError(f"containers-storage:{reference}: {_NONE}")
    name, program = found
    image = _parsed(reference)
    # Only podman gives the image its name by itself.
    to = "docker-archive:/dev/stdout"
    to += f":{reference}" if is_explicit(reference) and "@" not in reference else ""
    if name == "podman":
        command = [program, *image.where, "save", "--quiet", "--format", "docker-archive"]
        command += ["--", image.reference]
    elif name == "skopeo":
        command = [program, "copy", "--quiet", "--", f"containers-storage:{reference}", to]
    else:
        command = [program, *image.where, "push", "--quiet", "--", image.reference, to]
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
        raise TargetError(f"{what}: {_NONE}")
    name, program = found
    image = _parsed(reference)
    if name == "podman":
        command = [program, *image.where, "image", "inspect", "--", image.reference]
    elif name == "skopeo":
        command = [program, "inspect", "--config", "--", what]
    else:
        command = [program, *image.where, "inspect", "--type", "image", "--", image.reference]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the reference stands behind --
            command, capture_output=True, check=False, env=dict(env), timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TargetError(f"{what}: {program} does not answer ({type(error).__name__})") from None
    if done.returncode != 0:
        raise TargetError(f"{what}: {_last_line(io.BytesIO(done.stderr))}")
    answer = load(done.stdout)
    told = mapping(answer[0] if isinstance(answer, list) and answer else answer)
    told = mapping(told.get("OCIv1")) or told  # buildah's word for it
    return texts(mapping(told.get("RootFS")).get("Layers")) or texts(
        mapping(told.get("rootfs")).get("diff_ids")
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
