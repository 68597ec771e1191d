"""The AWS CLI command of a call, for people to read and run. Placeholders become shell variables."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from sm_ssh_widget.changes.placeholders import MEANINGS, UNNAMED
from sm_ssh_widget.changes.plan import Call
from sm_ssh_widget.export.quoting import shell

Json: TypeAlias = Any

# A placeholder as json.dumps writes it. In a string that contains the same, the quotes are escaped
_LATER = re.compile(r'\{"known-later": "([a-z]+)"\}')
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def command(call: Call, region: str = "", shorten: Callable[[str, str], str] = lambda _name, words: words) -> str:
    """Return the command of a call. ``shorten`` takes the name and the shell words of a parameter."""
    words = ["aws", call.service, _kebab(call.operation)]
    for name, value in _options(call):
        words += [f"--{_kebab(name)}", shorten(name, value)]
    return " ".join([*words, "--region", shell(region)] if region else words)


def variables(calls: Iterable[Call]) -> tuple[str, ...]:
    """Return a comment for each variable of these commands with its meaning."""
    names = (name for call in calls for name in _LATER.findall(json.dumps(dict(call.parameters))))
    return tuple(f"# ${name}: {MEANINGS.get(name, UNNAMED)}" for name in dict.fromkeys(names))


def _options(call: Call) -> Iterator[tuple[str, str]]:
    """Each parameter as words. The CLI has one option for the number of instances instead of two.

    Source: https://docs.aws.amazon.com/cli/latest/reference/ec2/run-instances.html
    """
    given = dict(call.parameters)
    if "MinCount" in given and "MaxCount" in given:
        yield "Count", f"{given.pop('MinCount')}:{given.pop('MaxCount')}"
    for name, value in given.items():
        of_texts = isinstance(value, list) and all(isinstance(each, str) or _variable(each) for each in value)
        yield name, " ".join(map(_word, value)) if of_texts else _word(value)


def _variable(value: Json) -> str:
    """The shell variable of a placeholder, else an empty text."""
    found = _LATER.fullmatch(json.dumps(value))
    return f'"${found[1]}"' if found else ""


def _word(value: Json) -> str:
    """A string as it is, anything else as JSON with shell variables."""
    if isinstance(value, str):
        return shell(value)
    if variable := _variable(value):
        return variable
    pieces = _LATER.split(json.dumps(value))
    pieces[0::2] = _quoted(pieces[0::2])
    pieces[1::2] = [f'"${name}"' for name in pieces[1::2]]
    return "".join(pieces)


def _quoted(between: list[str]) -> list[str]:
    """The JSON around its variables, each between the quotes of a JSON string."""
    last = len(between) - 1
    return [shell('"' * (number > 0) + text + '"' * (number < last)) for number, text in enumerate(between)]


def _kebab(name: str) -> str:
    return _HUMP.sub("-", name).lower()
