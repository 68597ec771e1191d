"""Sessions share what they read, and not what was registered with one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import handlers
from botocore.exceptions import ProfileNotFound

from sm_ssh_widget.aws.session.service_models import ambient_session, shared_core


def handlers_of(core: Any, event: str) -> list[Any]:
    """What a session would call of botocore's own for an event, in order."""
    emitter = core.get_component("event_emitter")._emitter
    return [handler for handler in emitter._handlers.prefix_search(event) if not is_of_moto(handler)]


def is_of_moto(handler: Any) -> bool:
    """Moto, once it is imported, gives every later session a handler that does nothing unless moto mocks."""
    return type(handler).__module__.startswith("moto.")


def test_each_event_of_botocore_has_the_handlers_of_a_plain_session() -> None:
    plain, ours = botocore.session.Session(), shared_core()
    emitter: Any = plain.get_component("event_emitter")
    specs = [spec for spec in handlers.BUILTIN_HANDLERS if not is_of_moto(spec[1])]
    events = {emitter._alias_event_name(spec[0].replace("*", "x")) for spec in specs}
    assert len(events) > 100
    for event in events:
        assert handlers_of(plain, event), event
        assert handlers_of(ours, event) == handlers_of(plain, event), event


def test_a_handler_of_one_session_is_not_called_in_another() -> None:
    one, other, called = shared_core(), shared_core(), []
    one.register("made-up.iam", lambda **_: called.append("one"))
    for core in (other, shared_core(), ambient_session()._session):
        core.get_component("event_emitter").emit("made-up.iam.GetRole")
        assert called == []
    one.get_component("event_emitter").emit("made-up.iam.GetRole")
    assert called == ["one"]
    first, second = (core.create_client("iam", "eu-west-1") for core in (one, other))
    assert handlers_of_client(first) != handlers_of_client(second)


def handlers_of_client(client: Any) -> list[Any]:
    return list(client.meta.events._emitter._handlers.prefix_search("made-up.iam.GetRole"))


def test_a_session_has_the_profile_that_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[profile one]\nregion = eu-west-1\n[profile two]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    found = [shared_core(profile).get_config_variable("region") for profile in ("one", "two")]
    assert found == ["eu-west-1", "eu-west-3"]


def test_the_models_are_read_once() -> None:
    one, other = shared_core(), shared_core()
    assert one.get_component("data_loader") is other.get_component("data_loader")


def test_a_profile_that_does_not_exist_raises_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(ProfileNotFound):
        shared_core()
    with pytest.raises(ProfileNotFound):
        ambient_session()
