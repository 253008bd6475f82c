"""What every page declares: typed parameters, presets of them, and predictions."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.errors import Refusal
from ovp_lib.evidence.claims import Predictions
from ovp_lib.evidence.judging import OpenClaims
from ovp_lib.pages.card import Card
from ovp_lib.pages.instrument import Instrument
from ovp_lib.pages.kinds import Device

CHANGED = "changed"
"""What follows the name of a preset, where a run has other parameters than it."""

OF_ANY_PRESET = ("seed", "device")
"""Parameters that no preset decides."""


class ParameterError(Refusal):
    """A parameter that a notebook cannot take; the message is one line for a person."""


P = TypeVar("P", bound="Parameters")
"""The type of the parameters of a statement."""


class Parameters(BaseModel):
    """Parameters that every notebook has; a statement adds its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(default=0, ge=0, description="root of every random stream of the run")
    n_seeds: int = Field(ge=2, description="independent repetitions behind every interval")
    device: Device = Field(default="auto", description="auto, cpu, cuda, cuda:0, ... or mps")

    def but(self: P, **changes: Any) -> P:
        """Return the parameters with some changed, validated.

        Args:
            changes: new values by name.

        Raises:
            pydantic.ValidationError: if a name or a value is not allowed.
        """
        return self.model_validate({**self.model_dump(), **changes})


@dataclass(frozen=True)
class Statement:
    """One statement of a paper, as its notebook runs it.

    Attributes:
        name: stem of the notebook, of its page, of its results.
        place: in the book; statements are sorted by it.
        title: how the book names it.
        source: paper, statement, equation.
        presets: the parameters of each preset: tiny (for tests), quick (what the stored notebook
            shows), standard and paper.
        predictions: what is predicted, fixed before anything is measured.
        row: its row in ``book/inventory.yml``, such as ``full/lemma-6-3``.
        feeds: the rows whose proof or argument rests on it; the map draws an arrow to each.
        symbols: what its page is the first to use: keys of ``book/symbols.yml``, one space apart.
        card: what stands on top of its page.
        short: its name in the sidebar; if empty, the first part of its title and the name of its
            row in the inventory.
        instrument: the interactive figure of its page, if it has one.
    """

    name: str
    place: int
    title: str
    source: str
    presets: Mapping[str, Parameters]
    predictions: Predictions
    row: str = ""
    feeds: tuple[str, ...] = ()
    symbols: str = ""
    card: Card | None = None
    short: str = ""
    instrument: Instrument | None = None

    def __post_init__(self) -> None:
        """Check that every claim that the card names is predicted.

        Raises:
            ValueError: naming the one that is not.
        """
        for learnt in self.card.learnt if self.card else ():
            for id in learnt.claims:
                self.claim(id)

    def claim(self, id: str) -> str:
        """Return the whole id of a claim.

        Args:
            id: whole, or relative to the first label of the statement.

        Returns:
            The id as the records have it.

        Raises:
            ValueError: if nothing of that id is predicted.
        """
        try:
            return self.predictions.whole(id)
        except ValueError as error:
            raise ValueError(f"{self.name} {error}") from error

    @property
    def paper(self) -> str:
        """The document of the inventory that it is from, such as ``full``."""
        return self.row.partition("/")[0]

    @property
    def parameters(self) -> type[Parameters]:
        """The type of the parameters."""
        return type(next(iter(self.presets.values())))

    def preset(self, name: str) -> Parameters:
        """Return the parameters of a preset.

        Args:
            name: of the preset.

        Raises:
            ParameterError: if there is none of that name.
        """
        if name not in self.presets:
            known = ", ".join(self.presets)
            raise ParameterError(f"{self.name} has no preset {name!r}; it has {known}")
        return self.presets[name]

    def resolve(self, base: Mapping[str, Any] | str = "quick", **given: Any) -> Parameters:
        """Complete the given parameters and validate all of them.

        Args:
            base: name of the preset, or the parameters themselves, that say what is not given.
            given: parameters by name.

        Returns:
            The validated, frozen parameters.

        Raises:
            ParameterError: an unknown name or preset, a wrong type, a value out of range, or
                what cannot be a device. One line, saying what is allowed.
        """
        self._require_known({**given, **({} if isinstance(base, str) else base)})
        values = self.preset(base).model_dump() if isinstance(base, str) else base
        try:
            # As JSON: a strict validation of Python values refuses a list for a declared tuple.
            return self.parameters.model_validate_json(json.dumps({**values, **given}), strict=True)
        except ValidationError as error:
            raise ParameterError(_one_line(self.name, error)) from error
        except (TypeError, ValueError) as error:
            raise ParameterError(f"{self.name}: {error}") from error

    def parameters_from(self, variables: Mapping[str, Any]) -> Parameters:
        """Return the parameters that the parameters cell of a notebook has set.

        Args:
            variables: ``globals()`` of the notebook.

        Raises:
            ParameterError: a parameter that is missing, or as :meth:`resolve`; and ``preset``,
                which only the command line knows.
        """
        if "preset" in variables:
            raise ParameterError(
                f"a notebook has no preset, its cell shows every value; to take those of another "
                f"one: ovp run {self.name} --preset {variables['preset']}"
            )
        fields = self.parameters.model_fields
        return self.resolve({name: variables[name] for name in fields if name in variables})

    def claims(self, parameters: Parameters) -> OpenClaims:
        """Open the claims of a run, to be judged one by one.

        Args:
            parameters: of the run.

        Returns:
            The claims, none of which is judged yet.
        """
        return OpenClaims(self.name, self.predictions, self.preset_of(parameters))

    def nearest(self, parameters: Parameters) -> str:
        """Return the name of the preset that differs in the fewest parameters.

        Args:
            parameters: of a run of this statement.

        Returns:
            The name; of several that are as near, the first.
        """
        return min(self.presets, key=lambda name: len(self.differences(parameters, name)))

    def differences(self, parameters: Parameters, preset: str) -> dict[str, Any]:
        """Return the parameters that are not a preset's, of those that a preset decides.

        Args:
            parameters: of a run of this statement.
            preset: name of the preset to compare with.

        Returns:
            The values of the run by name, ready for JSON; empty if it has all those of the preset.

        Raises:
            ParameterError: if there is no preset of that name.
        """
        usual = self.preset(preset).model_dump(mode="json")
        values = parameters.model_dump(mode="json")
        decided = (name for name in values if name not in OF_ANY_PRESET)
        return {name: values[name] for name in decided if values[name] != usual[name]}

    def preset_of(self, parameters: Parameters) -> str:
        """Return the name of the preset, with :data:`CHANGED` behind it if it is only nearest.

        Args:
            parameters: of a run of this statement.

        Returns:
            The name as the record of a run has it.
        """
        name = self.nearest(parameters)
        return f"{name}, {CHANGED}" if self.differences(parameters, name) else name

    def describe(self) -> list[dict[str, Any]]:
        """Return name, type, description and value in each preset of every parameter."""
        values = {name: preset.model_dump() for name, preset in self.presets.items()}
        return [
            {
                "name": name,
                "type": _type_name(field.annotation),
                "description": field.description or "",
                "values": {preset: given[name] for preset, given in values.items()},
            }
            for name, field in self.parameters.model_fields.items()
        ]

    def _require_known(self, names: Mapping[str, Any]) -> None:
        fields = self.parameters.model_fields
        for name in names:
            if name not in fields:
                raise ParameterError(
                    f"{self.name} has no parameter {name!r}{_did_you_mean(name, fields)}; "
                    f"it has {', '.join(fields)}"
                )


def _did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _one_line(statement: str, error: ValidationError) -> str:
    details = error.errors(include_url=False)
    elements = {detail["loc"][0] for detail in details if len(detail["loc"]) > 1}
    problems = []
    for detail in details:
        if detail["type"] == "too_short" and detail["loc"][0] in elements:
            continue  # pydantic counts only the valid elements
        message = detail["msg"].removeprefix("Value error, ").replace(" after validation", "")
        where = ".".join(str(part) for part in detail["loc"])
        problems.append(f"{where}: {message}, got {detail['input']!r}" if where else message)
    return f"{statement}: " + "; ".join(problems)


def _type_name(annotation: Any) -> str:
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    match get_origin(annotation):
        case None:
            return str(annotation.__name__)
        case origin if origin is tuple:
            return f"list of {_type_name(arguments[0])}"
        case origin if origin is Annotated:
            return _type_name(arguments[0])
        case _:
            return " | ".join(map(str, arguments))
