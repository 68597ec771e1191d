"""Every policy document that we may write, as JSON beside this module, with placeholders: the only place they stand.

Placeholders are ``<<SAGEMAKER_ROLE_ARN>>``, ``<<PARTITION>>``, ``<<ACCOUNT_ID>>``, ``<<REGION>>``, ``<<KEY_PREFIX>>``,
``<<KEY_BUCKETS>>`` (a pattern) and, in the requests of :mod:`sm_ssh_widget.requirements.capabilities`, ``<<USER_ID>>``
and ``<<KEY_BUCKET>>``. Those of :data:`READ` stand for what was read of the account. ``trust-sagemaker`` and
``trust-ssm*`` are single statements.

``trust``, ``SageMakerSSMPolicy`` and ``SSMDenyAccessNotOwner`` are the specification's steps 1b, 1d and 3b; only the
partition in the ARNs of the last is ours, as ``arn:aws:`` matches nothing in another partition.
``trust-ssm-hardened`` is AWS's own example for hybrid activations, and ``trust-sagemaker-hardened`` says the same of
SageMaker: https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-multicloud-service-role.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
``released`` holds what each released version may add (see :mod:`sm_ssh_widget.changes.additions`).
``trust-default-host-management`` is of the role that default host management hands to EC2 instances:
https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html
``quick-setup-administration`` and ``trust-quick-setup-*`` are of the two roles that the console makes for Quick Setup:
https://docs.aws.amazon.com/quick-setup/latest/APIReference/API_ConfigurationDefinitionInput.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

_PLACEHOLDER = re.compile(r"<<([A-Z_]+)>>")
_KEY_ARN = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"
READ: Mapping[str, str] = {
    "SESSION_KEY": _KEY_ARN,
    "SESSION_BUCKET_KEY": _KEY_ARN,
    "SESSION_BUCKET": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "SESSION_PREFIX": r"(?:[A-Za-z0-9!_.'()/=@:+,-]{1,1023}/)?",
    "SESSION_LOG_GROUP": r"[A-Za-z0-9_./#-]{1,512}",
}
"""Placeholders whose values are read of the account, each with its form: none can hold a wildcard or a variable."""
_MAY_BE_EMPTY = ("KEY_PREFIX", "SESSION_PREFIX")


class DocumentError(KeyError):
    """There is no such document, or nothing to fill one of its placeholders with; the message says which."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Filling:
    """What the placeholders stand for. ``user_id`` is the caller's ``aws:userid``, where it is known.

    ``key_bucket`` and ``key_prefix`` say where SSH Helper leaves the public keys, where that is not SageMaker's default
    bucket of the account and Region; the prefix ends in ``/`` or is empty. ``read`` holds the values of :data:`READ`.
    """

    role_arn: str | None
    partition: str
    account: str
    region: str
    user_id: str | None = None
    key_bucket: str = ""
    key_prefix: str = "ssh-authorized-keys/"
    read: Mapping[str, str] = field(default_factory=dict)

    def reading(self, values: Mapping[str, str]) -> Filling:
        """The same with values that were read; raises :class:`DocumentError` for one in another form than its own."""
        for name, value in values.items():
            if re.fullmatch(READ[name], value, re.ASCII) is None:
                raise DocumentError(f"{value!r} cannot stand in a policy")
        return replace(self, read={**self.read, **values})

    def values(self) -> Mapping[str, str | None]:
        """Each placeholder's name and its value, ``None`` where that is not known."""
        return {
            "SAGEMAKER_ROLE_ARN": self.role_arn,
            "PARTITION": self.partition,
            "ACCOUNT_ID": self.account,
            "REGION": self.region,
            "USER_ID": self.user_id,
            "KEY_BUCKET": self.key_bucket or f"sagemaker-{self.region}-{self.account}",
            "KEY_BUCKETS": self.key_bucket or f"sagemaker-*-{self.account}",
            "KEY_PREFIX": self.key_prefix,
            **self.read,
        }

    @cached_property
    def _all_values(self) -> Mapping[str, str | None]:
        return self.values()

    def values_of(self, placeholders: tuple[str, ...]) -> tuple[str | None, ...]:
        """The values of these placeholders, ``None`` for one that is not known."""
        return tuple([self._all_values.get(name) for name in placeholders])


def placeholders_of(template: Any) -> tuple[str, ...]:
    """The names of the placeholders in the strings of a JSON value, sorted."""
    return tuple(sorted(set(_PLACEHOLDER.findall(json.dumps(template)))))


def names() -> tuple[str, ...]:
    """The names of all documents, sorted."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


def load(name: str, filling: Filling) -> dict[str, Any]:
    """A document, or for ``trust-*`` a statement, filled; a new value at each call.

    Raises :class:`DocumentError` for an unknown name or placeholder, and for one whose value is not known.
    """
    filled: dict[str, Any] = fill(_parsed(name), filling)
    return filled


def template(name: str) -> dict[str, Any]:
    """A document, or for ``trust-*`` a statement, with its placeholders; raises :class:`DocumentError`."""
    copied: dict[str, Any] = deepcopy(_parsed(name))
    return copied


def fill(template: Any, filling: Filling) -> Any:
    """A copy of a JSON value with the placeholders in its strings replaced; the names of its elements stay.

    What is filled in is never read as a placeholder itself. Raises :class:`DocumentError` as :func:`load` does.
    """
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda match: _value(match[1], filling), template)
    if isinstance(template, Mapping):
        return {name: fill(value, filling) for name, value in template.items()}
    if isinstance(template, (list, tuple)):
        return type(template)(fill(value, filling) for value in template)
    return template


def _value(placeholder: str, filling: Filling) -> str:
    value = filling.values().get(placeholder)
    if not value and (placeholder not in _MAY_BE_EMPTY or value is None):  # objects may lie at the top of their bucket
        raise DocumentError(f"nothing to fill <<{placeholder}>> with")
    return value or ""


def values_read(template: Any, value: Any, filling: Filling) -> dict[str, str] | None:
    """The values of :data:`READ` with which the template gives ``value``; ``None`` if none do."""
    found: dict[str, str] = {}
    if not _collect(template, value, filling, found):
        return None
    try:
        return found if fill(template, filling.reading(found)) == value else None
    except DocumentError:
        return None


def _collect(template: Any, value: Any, filling: Filling, found: dict[str, str]) -> bool:
    if isinstance(template, str):
        named = [name for name in _PLACEHOLDER.findall(template) if name in READ]
        pattern = "".join(_as_pattern(part, filling) for part in re.split(r"(<<[A-Z_]+>>)", template))
        match = re.fullmatch(pattern, value, re.ASCII) if isinstance(value, str) else None
        found.update({name: match[name] for name in named} if match else {})
        return match is not None
    if isinstance(template, Mapping):
        same = isinstance(value, Mapping) and template.keys() == value.keys()
        return same and all(_collect(each, value[name], filling, found) for name, each in template.items())
    if isinstance(template, list):
        same = isinstance(value, list) and len(template) == len(value)
        return same and all(_collect(*pair, filling, found) for pair in zip(template, value, strict=True))
    return bool(template == value)


def _as_pattern(part: str, filling: Filling) -> str:
    match = _PLACEHOLDER.fullmatch(part)
    if match is None:
        return re.escape(part)
    return f"(?P<{match[1]}>{READ[match[1]]})" if match[1] in READ else re.escape(_value(match[1], filling))


@cache
def _parsed(name: str) -> Any:
    if name not in names():
        raise DocumentError(f"no document named {name!r} (one of {', '.join(names())})")
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
