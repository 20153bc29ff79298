"""Compressed streams that only a name tells: brotli and raw deflate."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

import brotli
import pytest

from dunnage.archives import Budget, Limits, open_archive, sniff, sniff_named
from dunnage.errors import LimitError
from dunnage.model import Entry, Flaw, MemorySource, Oddity, Run
from dunnage.testing import compress, lint, npm_tarball, render, tar_archive

Pack = Callable[[bytes], bytes]
RANDOM = random.Random(11)
CODE = b'"use strict";\n' + b"".join(b"var v%d = %d;\n" % (n, n * n) for n in range(2000))
NOISE = RANDOM.randbytes(300_000)
SECRET = render('const t = "{github-token:ghp_}"').encode()


def deflated(data: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def opened(data: bytes, form: str = "brotli", limits: Limits | None = None) -> tuple[bytes, ...]:
    """The contents that a stream gives, then what is said of it."""
    archive = open_archive(MemorySource(data), form, Budget(limits), name=f"a.js.{form}")
    said: list[bytes] = []
    for item in archive:
        if isinstance(item, Entry):
            said.append(item.read())
        elif isinstance(item, Flaw):
            said.append(item.message.encode())
        else:
            assert isinstance(item, Oddity)
            said.append(item.kind.encode())
    return tuple(said)


@pytest.mark.parametrize("content", [b"", b"short", CODE, NOISE, bytes(5 << 20), NOISE + CODE])
@pytest.mark.parametrize(("ending", "pack"), [(".br", brotli.compress), (".deflate", deflated)])
def test_it_is_known_and_opened(ending: str, pack: Pack, content: bytes) -> None:
    data = pack(content)
    form = sniff_named(f"dist/app.js{ending}", data[:4096], data)
    assert form in ("brotli", "deflate")
    assert sniff(data[:4096]) is None
    assert opened(data, form) == (content,)


def test_names_tell_and_contents_must_agree() -> None:
    data = brotli.compress(CODE)
    assert sniff_named("app.js", data, data) is None
    text = b"Demat d'an holl! " * 4000
    noise = [RANDOM.randbytes(5000) for _ in range(200)]
    for other in (b"", text, text[:40], *noise):
        assert sniff_named("words.br", other[:4096], other) is None
    assert sniff_named("words.br", text[:4096]) is None


def test_damage_is_told_after_all_that_could_be_read() -> None:
    data = brotli.compress(CODE, quality=4)
    cut = opened(data[: len(data) // 2])
    assert cut[0] == b"the brotli stream ends early: truncated"
    assert len(cut[1]) > 5000
    assert CODE.startswith(cut[1])
    broken = opened(data[:-500] + bytes(500))
    assert broken[0] == b"the brotli stream is damaged"
    assert CODE[:5000] == broken[1][:5000]


def test_what_follows_is_given() -> None:
    for content in (CODE, bytes(3 << 20), NOISE):
        data = brotli.compress(content) + b"\n" + SECRET
        assert opened(data) == (content, b"trailing-data", b"\n" + SECRET)
    data = brotli.compress(CODE) + SECRET
    assert sniff_named("a.br", data[:4096], data) == "brotli"


def test_it_is_bounded() -> None:
    bomb = brotli.compress(bytes(40 << 20))
    with pytest.raises(LimitError, match="max_expanded"):
        opened(bomb, limits=Limits(max_expanded=8 << 20))


def lines(run: Run) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.path) for finding in run.findings]


@pytest.mark.parametrize(("ending", "pack"), [(".br", brotli.compress), (".deflate", deflated)])
def test_a_package_holds_it(ending: str, pack: Pack) -> None:
    for content in (SECRET, CODE + SECRET, NOISE.hex().encode() * 3 + b"\n" + SECRET):
        data = pack(content)
        run = lint(npm_tarball({f"dist/app.js{ending}": data}))
        assert ("secret/github-token", "app.js") in lines(run)
        assert not run.problems


def test_it_may_be_the_target_or_hold_a_tar() -> None:
    packed = brotli.compress(tar_archive({"package/.env": SECRET}))
    run = lint(packed, name="x.tar.br")
    assert ("secret/github-token", "package/.env") in lines(run)


def test_content_is_named_without_the_ending() -> None:
    key = SECRET
    for ending, data in (
        (".br", brotli.compress(key)),
        (".gz", compress(key)),
        (".zst", compress(key, "zstd")),
    ):
        run = lint(npm_tarball({f".env{ending}": data}))
        assert (ending, [f.path for f in run.findings]) == (ending, [".env"])
