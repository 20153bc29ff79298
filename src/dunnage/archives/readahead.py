"""A thread that inflates the next blocks while this one is looked at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

DEPTH = 8


def read_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks, made by a thread that stays at most ``DEPTH`` blocks ahead. What it raises
    is raised here, after all blocks before. The thread ends when the iteration is closed."""
    waiting: queue.Queue[bytes | BaseException | None] = queue.Queue(DEPTH)
    stop = threading.Event()

    def put(item: bytes | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for block in blocks:
                if not put(block):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the other thread
            put(error)

    thread = threading.Thread(target=work, name="dunnage-read-ahead", daemon=True)
    thread.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
