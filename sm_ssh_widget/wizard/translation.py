"""The language of the wizard: one function translates every text, where a view becomes what a front end is sent.

The program makes its sentences in English, with their values inside, and everything else rests on those: exports, plan
files, digests, the terminal. Only what the wizard shows is translated, by a catalog in JSON:

    {"texts": {"{unread} of {total} could not be read": "{unread} von {total} nicht lesbar"},
     "front_end": {"Copied": "Kopiert"}}

A key is a text as it stands in the source, with a ``{name}`` for each value; ``python -m tests.language`` prints all of
them. A sentence is recognized by its template, and its values are translated in turn: a value may be a sentence itself.
What was put together from several texts is taken apart where one of them ends. What no template recognizes stays as it
is: a text that a catalog lacks is shown in English, and a name, an ARN or a sentence of AWS is never changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from sm_ssh_widget.problem import Code, Problem
from sm_ssh_widget.wizard.screens.labels import marked

Texts: TypeAlias = Mapping[str, str]
Told: TypeAlias = tuple[str, int]
"""A translation, and how many letters of the English text it accounts for."""

HOLE = re.compile(r"(?<!\{)\{(\w*)\}(?!\})")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_KEY_WORD = re.compile(r"(?<![\w{}`])[^\W\d_]{2,}(?![\w{}`])")
_SENTENCE_END = re.compile(r"((?<=[.?!])\s+|\n+)")
_COLON_TOO = re.compile(r"((?<=[.?!:])\s+|\n+)")
_CLAUSE_END = re.compile(
    r"([,;:.?!]+\s+|\s*[()—·→]+\s*|\s*(?:`[^`]*`|\S*[:/]\S+)\s*|\s+\d[\d.]*(?: s| min| %)?$"
    r"|\s+(?:and|or|of|for|in|on|with|by|at|as|to)\s+)"
)
_AROUND = " ,;:.?!()—·→•\n"
_SPACE = re.compile(r"(\s+)")
_FEW_PARTS = 15
_TRIED = 4
_LONGEST_RUN = 11
_REMEMBERED = 20_000
_CATALOGS = Path(__file__).parent / "languages"


@dataclass(frozen=True)
class _Template:
    """One text of a catalog: what it looks like, and its translation.

    ``weight`` are the letters that are its own, ``is_code`` the values that stand within backticks: they stay.
    """

    patterns: tuple[re.Pattern[str], ...]
    names: tuple[str, ...]
    translation: str
    weight: int
    words: frozenset[str]
    is_code: tuple[bool, ...]

    @classmethod
    def of(cls, source: str, translation: str) -> _Template:
        literals = HOLE.split(source)[::2]
        names = tuple(found[1] for found in HOLE.finditer(source))
        before = ("".join(literals[: at + 1]) for at in range(len(names)))
        is_code = tuple(text.count("`") % 2 == 1 for text in before)
        hungers = ("*?", "*") if len(names) > 1 else ("*",)
        patterns = tuple(re.compile(_pattern(literals, is_code, hunger), re.DOTALL) for hunger in hungers)
        words = frozenset(_KEY_WORD.findall(source))
        return cls(patterns, names, translation, _letters("".join(literals)), words, is_code)

    def values(self, text: str) -> frozenset[tuple[str, ...]]:
        """The values inside of a text, each as short or as long as possible; nothing where the text is another one."""
        return frozenset(found.groups() for pattern in self.patterns if (found := pattern.fullmatch(text)))

    def filled(self, values: tuple[str, ...]) -> str:
        """The translation with these values, in whatever order it has them."""
        given = dict(zip(self.names, values, strict=True))
        return HOLE.sub(lambda hole: given.get(hole[1], hole[0]), self.translation)


def _pattern(literals: list[str], is_code: tuple[bool, ...], hunger: str) -> str:
    """A template as a regular expression, its values as long or as short as possible; code ends with its backtick."""
    holes = [f"([^`]{hunger})" if code else f"(.{hunger})" for code in is_code]
    return "".join(re.escape(literal) + hole for literal, hole in zip(literals, [*holes, ""], strict=True))


class _Catalog:
    """Finds the templates of a text. What was found is kept: a view has mostly the texts of the view before."""

    def __init__(self, texts: Texts) -> None:
        forms = {form: told for source, text in texts.items() if text for form, told in _forms(source, text)}
        self._whole = {source: text for source, text in forms.items() if not HOLE.search(source)}
        self._by_word: dict[str, list[_Template]] = {}
        self._told: dict[str, Told] = {}
        self._single: dict[str, Told] = {}
        templates = [_Template.of(source, text) for source, text in forms.items() if HOLE.search(source)]
        for template in templates:
            if template.words:  # the others would recognize a part of a name
                self._by_word.setdefault(max(sorted(template.words), key=len), []).append(template)

    def translate(self, text: str) -> str:
        return self._best(text)[0]

    def _best(self, text: str) -> Told:
        if text not in self._told:
            if len(self._told) > _REMEMBERED:
                self._told.clear()
                self._single.clear()
            self._told[text] = (text, 0)  # while it is looked for
            self._told[text] = self._found(text) if _LETTER.search(text) else (text, 0)
        return self._told[text]

    def _found(self, text: str) -> Told:
        """As one text, or as several in a row: whichever accounts for more, in doubt the one text."""
        one = self._one(text)
        if one[1] == _letters(text):
            return one
        ends = (_SENTENCE_END, _COLON_TOO) if _SENTENCE_END.search(text) else (_CLAUSE_END,)
        several = max((self._several(end.split(text)) for end in ends), key=_weight)
        best = several if several[1] > one[1] and _is_most(several[1], text) else one
        return best if len(words := _SPACE.split(text)) > _FEW_PARTS else self._all_of(words, best)

    def _all_of(self, words: list[str], best: Told) -> Told:
        """Word by word, but only where each is known: less would be chance."""
        told = self._several(words)
        return told if told[1] == _letters("".join(words)) else best

    def _one(self, text: str) -> Told:
        """As one text, also where it begins a sentence or stands within one, and whatever stands around it."""
        start = len(text) - len(text.lstrip(_AROUND))
        end = len(text.rstrip(_AROUND)) or start
        inner = text[start:end]
        around, best = (text[:start], text[end:]), (text, 0)
        forms = ((inner, str, around), (text, str, ("", "")), (_recase(inner), _recase, around))
        for form, back, (before, after) in forms:
            told, weight = self._as_it_stands(form)
            if weight > best[1]:
                best = before + back(told) + after, weight
        return best

    def _as_it_stands(self, text: str) -> Told:
        if text not in self._single:
            self._single[text] = self._looked_up(text)
        return self._single[text]

    def _looked_up(self, text: str) -> Told:
        if text in self._whole:
            return self._whole[text], _letters(text)
        words = frozenset(_WORD.findall(text))
        near = (each for word in words for each in self._by_word.get(word, ()) if each.words <= words)
        matches = [(each, given) for each in near if (given := each.values(text))]
        best, most = (text, 0), _letters(text)
        for match in sorted(matches, key=lambda match: -match[0].weight)[:_TRIED]:
            best = max(best, self._filled(*match), key=_weight)
            if best[1] == most:
                break
        return best

    def _filled(self, template: _Template, given: frozenset[tuple[str, ...]]) -> Told:
        """A template with its values translated: of the ways to read them, the one that accounts for most."""
        ways = (
            [(value, 0) if code else self._best(value) for value, code in zip(values, template.is_code, strict=True)]
            for values in sorted(given)
        )
        told = max(ways, key=lambda way: sum(map(_weight, way)))
        swallowed = sum(len(_SENTENCE_END.findall(value)) for value in next(iter(given)))  # in doubt not one of these
        weight = template.weight + sum(map(_weight, told)) - swallowed
        return template.filled(tuple(text for text, _ in told)), weight

    def _several(self, parts: list[str]) -> Told:
        """As several texts one after another, each as long as possible; every second part ends the one before."""
        last = len(parts)
        best: dict[int, Told] = {last: ("", 0)}
        for start in range(last - 1, -1, -1):
            longest = start + (_LONGEST_RUN if start % 2 == 0 else 1)
            runs = (run for run in range(min(last, longest), start, -2) if run - start < last)
            told = (self._run(parts[start:run], best[run]) for run in runs)
            best[start] = max(told, key=_weight, default=("".join(parts), 0))
        return best[0]

    def _run(self, parts: list[str], rest: Told) -> Told:
        told, weight = (self._best if len(parts) == 1 else self._one)("".join(parts))
        return told + rest[0], weight + rest[1]


@dataclass(frozen=True)
class Language:
    """Translates with one catalog; ``front_end`` is for the few texts of the front end itself."""

    texts: Texts
    front_end: Texts

    @cached_property
    def translate(self) -> Callable[[str], str]:
        """The translation of a text; what the catalog lacks stays in English."""
        return _Catalog(self.texts).translate if self.texts else str

    @classmethod
    def named(cls, name: str, catalogs: Path = _CATALOGS) -> Language:
        """The language of a tag (``de``, ``pt-BR``), or of a catalog file; English where there is none for the tag.

        Raises :class:`Problem` for a file that cannot be read or is no catalog.
        """
        if name.endswith(".json"):
            return cls._read(Path(name))
        tag = name.replace("_", "-")
        places = (catalogs / f"{each}.json" for each in (tag, tag.partition("-")[0]) if each)
        return next((cls._read(place) for place in places if place.is_file()), ENGLISH)

    @classmethod
    def _read(cls, place: Path) -> Language:
        try:
            found = json.loads(place.read_text("utf-8"))
            texts, front_end = (dict(found.get(part, {})) for part in ("texts", "front_end"))
            if not all(isinstance(text, str) for text in (*texts.values(), *front_end.values())):
                raise TypeError(place)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            said = f"the catalog of texts cannot be read ({type(error).__name__})."
            raise Problem(
                str(place), said, "Give the path of a catalog, or leave the language out.", Code.USAGE
            ) from error
        return cls(texts, front_end)


ENGLISH = Language({}, {})


def _forms(source: str, text: str) -> Iterator[tuple[str, str]]:
    """A text as it stands and as screens may have it: its code marked, or its marks away."""
    bare, told = source.strip(_AROUND), text.strip(_AROUND)
    yield _unmarked(bare), _unmarked(told)
    yield marked(bare), marked(told)
    yield bare.replace("`", "'"), told.replace("`", "'")
    yield bare, told


def _unmarked(text: str) -> str:
    return text.replace("`", "").replace("{{", "").replace("}}", "")


def _letters(text: str) -> int:
    return len(_LETTER.findall(text))


def _weight(told: Told) -> int:
    return told[1]


def _is_most(weight: int, text: str) -> bool:
    """Return whether so many letters are half of those that are no code; less is chance, as in a sentence of AWS."""
    return weight * 2 >= _letters(re.sub(r"`[^`]*`|\S*[:/_.]\S+", "", text))


def _recase(text: str) -> str:
    first = text[:1]
    return (first.lower() if first.isupper() else first.upper()) + text[1:]
