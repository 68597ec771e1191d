"""Before a kernel ends, a wizard finishes its step; one that was closed leaves nothing behind."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest

from sm_ssh_widget.aws.signin.session import SignedIn
from sm_ssh_widget.wizard import kernel_shutdown
from sm_ssh_widget.wizard.kernel_shutdown import before_the_end
from tests.wizard.conftest import Open


class Writer:
    """Something to be finished."""

    def __init__(self, order: list[str]) -> None:
        self.order = order

    def finish(self) -> None:
        self.order.append("finish")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A kernel that remembers in ``order`` how it ended."""
    order: list[str] = []
    kernel = SimpleNamespace(order=order, do_shutdown=lambda restart: order.append(f"ended {restart}"))
    monkeypatch.setattr(kernel_shutdown, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    return kernel


def test_every_wizard_finishes_before_the_kernel_ends(kernel: SimpleNamespace) -> None:
    writers = [Writer(kernel.order), Writer(kernel.order)]
    for each in writers:
        before_the_end(each.finish)
    kernel.do_shutdown(True)
    assert kernel.order == ["finish", "finish", "ended True"]


def test_what_is_gone_is_not_kept_alive(kernel: SimpleNamespace) -> None:
    writer = Writer(kernel.order)
    before_the_end(writer.finish)
    seen = weakref.ref(writer)
    del writer
    gc.collect()
    assert seen() is None
    kernel.do_shutdown(False)
    assert kernel.order == ["ended False"]


def test_a_wizard_that_was_closed_has_no_threads_left(open_wizard: Open) -> None:
    driver = open_wizard().signed_in()
    worker = driver.wizard._controller._worker
    session = worker._session
    assert isinstance(session, SignedIn)
    threads = tuple(session.reader._pool._threads)
    assert threads, "the check read in parallel"
    driver.rest().wizard.close()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert session.is_forgotten
