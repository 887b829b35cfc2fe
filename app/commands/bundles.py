"""Options that belong together, declared once and handed to a command as one value.

An argument of a command whose type is a dataclass stands for an option for each of its
fields; one whose type is `Annotated[..., SomeBundle]` for what that bundle declares.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Protocol, get_args, get_origin, get_type_hints

Options = Iterable[inspect.Parameter]


class Bundle(Protocol):
    """Declares options, and makes one value of theirs."""

    def options(self) -> Options:
        """Return them as typer reads them."""

    # Any: each option has a type of its own, which typer has checked.
    def value(self, given: Mapping[str, Any]) -> Any:
        """Return what the command gets.

        Args:
            given: by the names of the options.
        """


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function with the options of its bundles in their place."""
    arguments = inspect.signature(function, eval_str=True).parameters
    bundles = {name: _bundle_of(each) for name, each in arguments.items()}
    declared = {name: list(bundle.options()) for name, bundle in bundles.items()}

    # Any: as above.
    @functools.wraps(function)
    def flat(**given: Any) -> None:
        function(
            **{
                name: bundle.value({each.name: given[each.name] for each in options})
                for (name, bundle), options in zip(
                    bundles.items(), declared.values(), strict=True
                )
            }
        )

    options = [each for options in declared.values() for each in options]
    vars(flat).pop("__wrapped__")  # which has other arguments
    flat.__annotations__ = {each.name: each.annotation for each in options}
    vars(flat)["__signature__"] = inspect.Signature(options)
    return flat


# Any: whatever typer takes for a type.
def option(name: str, annotation: Any, default: object = None) -> inspect.Parameter:
    """Return an option as typer reads it from a command's signature."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _bundle_of(argument: inspect.Parameter) -> Bundle:
    wanted = argument.annotation
    if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
        return _Fields(wanted)
    if get_origin(wanted) is Annotated and hasattr(get_args(wanted)[1], "options"):
        bundle: Bundle = get_args(wanted)[1]
        return bundle
    return _Single(argument)


@dataclasses.dataclass(frozen=True)
class _Single:
    """An option of its own."""

    argument: inspect.Parameter

    def options(self) -> Options:
        return [self.argument.replace(kind=inspect.Parameter.KEYWORD_ONLY)]

    def value(self, given: Mapping[str, Any]) -> Any:
        return given[self.argument.name]


@dataclasses.dataclass(frozen=True)
class _Fields:
    """The fields of a dataclass."""

    made: type

    def options(self) -> Options:
        hints = get_type_hints(self.made, include_extras=True)
        for field in dataclasses.fields(self.made):
            is_needed = field.default is dataclasses.MISSING
            default = inspect.Parameter.empty if is_needed else field.default
            yield option(field.name, hints[field.name], default)

    def value(self, given: Mapping[str, Any]) -> Any:
        return self.made(**given)
