"""What all tests share: where a tool is missing, CI fails instead of looking away."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def dunnage_command() -> str:
    """The ``dunnage`` script beside the Python that runs the tests."""
    found = shutil.which("dunnage", path=str(Path(sys.executable).parent))
    if found is None:
        pytest.skip("dunnage is not installed beside this Python")
    return found


@pytest.fixture
def need() -> Callable[..., str]:
    """Skip where none of the named tools is there; else the path of the first that is."""

    def look(*names: str) -> str:
        for name in names:
            if found := shutil.which(name):
                return found
        pytest.skip(f"needs {' or '.join(names)}")

    return look


@pytest.fixture
def ends() -> Generator[None, None, None]:
    """Fail a test that would take for ever, by the processor time of this process: a minute, where
    work that grows with its input takes a second and its square an hour."""

    def stop(number: int, frame: FrameType | None) -> None:
        pytest.fail("this would not end")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI an integration test that skips has failed: nobody reads the list of skipped tests."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("integration"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped in CI: {call.excinfo and call.excinfo.value}"
    return report
