"""The parameters of each kind of job as options, made from the model that is sent.

What is left out is not sent: the service has the defaults.
"""

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

import typer
from pydantic.fields import FieldInfo
from typer.core import TyperCommand

from app.commands.bundles import Options, option
from app.commands.parameters.options import FileOption, ParameterOption
from app.contract.engines import ENGINE
from app.contract.form import FieldHints, hints_of
from app.contract.kind import AnyKind, Kinds
from app.contract.kinds import KINDS
from app.contract.slots import sent_slots

#: Between a kind and its parameter, in the names of options: no flag has it.
_MARK = "__"
#: The slots that arguments fill.
_ARGUMENTS = frozenset({"content", "style"})
#: What follows them is not sent.
_OUTPUTS = frozenset({"--out", "-o"})


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes:
        kind: of job; None if nothing was said of it.
        params: by the names of a job's `params`; None for what was left out.
        files: further ones, by slot, in order; None for one that is left out.
    """

    kind: str | None
    params: dict[str, object]
    files: dict[str, list[Path | None]]


def most_paintings(kind: str | None = None) -> int:
    """Return how many paintings a job may have: of a kind, or of the default."""
    slots = (KINDS.default if kind is None else KINDS.of(kind)).slots
    return next((slot.most for slot in slots if slot.name == "style"), 0)


@dataclass(frozen=True)
class KindOptions:
    """The bundle of `--kind`, and of the parameters and further files of each kind.

    Attributes:
        kinds: those that there are.
        is_basic: without the parameters that not every command has.
        with_files: with an option for each slot that no argument of the command fills.
    """

    kinds: Kinds = KINDS
    is_basic: bool = False
    with_files: bool = False

    def options(self) -> Options:
        """Return `--kind`, and each kind's options under names of their own."""
        yield _kind_option(self.kinds)
        for kind in self.kinds:
            asked: list[FileOption | ParameterOption] = [
                *self._slots(kind),
                *self._parameters(kind),
            ]
            for each in asked:
                name = _inner_name(kind, each.name)
                yield option(name, each.annotation, each.default)

    def value(self, given: Mapping[str, Any]) -> Asked:
        """Return the kind, and its parameters as they are sent."""
        kind = self.kinds.of(given["kind"] or self.kinds.default.name)

        def told(asked: Iterable[ParameterOption | FileOption]) -> dict[str, Any]:
            return {e.name: e.sent(given[_inner_name(kind, e.name)]) for e in asked}

        files = {
            name: paths for name, paths in told(self._slots(kind)).items() if paths
        }
        return Asked(given["kind"], self._params(kind, told), files)

    def _params(
        self,
        kind: AnyKind,
        told: Callable[[Iterable[ParameterOption | FileOption]], dict[str, Any]],
    ) -> dict[str, Any]:
        """Return the parameters; defaults of one engine are not said to another."""
        options = [*self._parameters(kind)]
        params = told(options)
        if params.get(ENGINE) in {None, *[*kind.engines][:1]}:
            return params
        usual = {each.name: each.default for each in options}
        return {n: None if value == usual[n] else value for n, value in params.items()}

    def _slots(self, kind: AnyKind) -> Iterator[FileOption]:
        hints = hints_of(kind.sent)
        for slot in sent_slots(kind.slots) if self.with_files else ():
            if slot.name not in _ARGUMENTS:
                told = hints.get(slot.name)
                yield FileOption(slot, told.help if told else "")

    def _parameters(self, kind: AnyKind) -> Iterator[ParameterOption]:
        for name, hints in _hints_of_all_engines(kind).items():
            if hints.is_basic or not self.is_basic:
                yield ParameterOption(name, _of_all_engines(name, kind), hints)


class KindCommand(TyperCommand):
    """A command that takes the options of the kind that its words name, no other's."""

    # Any: typer's own context, and its options.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Look which kind is meant before the options are read.

        Files that one kind alone takes say it, unless `--kind` does.
        """
        named = _kind_among(args)
        if named is None and (named := _kind_of_files(args)) is not None:
            args = ["--kind", named, *args]
        ctx.meta[_MARK] = named
        return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the kind that was said, or of the first."""
        options = super().get_params(ctx)
        owners = [_owner(each.name) for each in options]
        kind = ctx.meta.get(_MARK) or next(filter(None, owners), "")
        return [
            o for o, owner in zip(options, owners, strict=True) if owner in {"", kind}
        ]


def _owner(name: str | None) -> str:
    """Return the kind whose parameter an option of this name is; empty for none."""
    return (name or "").rpartition(_MARK)[0]


def _inner_name(kind: AnyKind, name: str) -> str:
    return f"{kind.name}{_MARK}{name}"


def _hints_of_all_engines(kind: AnyKind) -> dict[str, FieldHints]:
    """Return what is told of each parameter that some engine reads.

    What the engine that is usual does not read is never sent unless it is said.
    """
    found: dict[str, FieldHints] = {}
    for model in (kind.sent, *kind.engines.values()):
        for name, hints in hints_of(model).items():
            if name in model.model_fields and name not in found:
                is_usual = name in kind.sent.model_fields
                unsaid = {} if is_usual else {"is_basic": False}
                found[name] = hints.model_copy(update=unsaid)
    return found


def _of_all_engines(name: str, kind: AnyKind) -> FieldInfo:
    """Return a parameter's field, with the choices of all engines that read it."""
    models = (kind.sent, *kind.engines.values())
    fields: list[FieldInfo] = [
        each.model_fields[name] for each in models if name in each.model_fields
    ]
    field = fields[0]
    choices = dict.fromkeys(word for each in fields for word in _choices(each))
    if choices.keys() == {*_choices(field)}:
        return field
    whole = copy(field)
    whole.annotation = StrEnum(name.capitalize(), {word: word for word in choices})  # type: ignore[misc]  # known when run
    return whole


def _choices(field: FieldInfo) -> Iterator[str]:
    shape = field.annotation
    if get_origin(shape) is Literal:
        yield from get_args(shape)
    elif isinstance(shape, type) and issubclass(shape, StrEnum):
        yield from (str(each) for each in shape)


def _kind_option(kinds: Kinds) -> inspect.Parameter:
    names = StrEnum("Kind", [each.name for each in kinds])  # type: ignore[misc]  # known when run
    told = typer.Option(help=f"What kind of job; {kinds.default.name} if left out.")
    return option("kind", Annotated[names | None, told])


def _kind_among(words: Sequence[str]) -> str | None:
    """Return what `--kind` says."""
    for word, following in itertools.pairwise([*words, ""]):
        if word.startswith("--kind="):
            return word.partition("=")[2]
        if word == "--kind":
            return following
    return None


def _kind_of_files(words: Sequence[str]) -> str | None:
    """Return the kind that the first file tells which only one kind takes."""
    for before, word in itertools.pairwise(["", *words]):
        is_file = not word.startswith("-") and before not in _OUTPUTS
        if is_file and (kind := KINDS.of_file(word)) is not None:
            return str(kind.name)
    return None
