"""Every policy document that we may write, as JSON beside this module, with placeholders: the only place they stand.

Placeholders are ``<<SAGEMAKER_ROLE_ARN>>``, ``<<PARTITION>>``, ``<<ACCOUNT_ID>>``, ``<<REGION>>``, ``<<KEY_PREFIX>>``,
``<<KEY_BUCKETS>>`` (a pattern) and, in the requests of :mod:`sm_ssh_widget.requirements.capabilities`, ``<<USER_ID>>``
and ``<<KEY_BUCKET>>``. ``trust-sagemaker`` and ``trust-ssm*`` are
single statements.

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
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_PLACEHOLDER = re.compile(r"<<([A-Z_]+)>>")


class DocumentError(KeyError):
    """There is no such document, or nothing to fill one of its placeholders with; the message says which."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Filling:
    """What the placeholders stand for. ``user_id`` is the caller's ``aws:userid``, where it is known.

    ``key_bucket`` and ``key_prefix`` say where SSH Helper leaves the public keys, where that is not SageMaker's default
    bucket of the account and Region; the prefix ends in ``/`` or is empty.
    """

    role_arn: str | None
    partition: str
    account: str
    region: str
    user_id: str | None = None
    key_bucket: str = ""
    key_prefix: str = "ssh-authorized-keys/"

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
        }


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
    if not value and placeholder != "KEY_PREFIX":  # keys may lie at the top of their bucket
        raise DocumentError(f"nothing to fill <<{placeholder}>> with")
    return value or ""


@cache
def _parsed(name: str) -> Any:
    if name not in names():
        raise DocumentError(f"no document named {name!r} (one of {', '.join(names())})")
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text("utf-8"))
