"""What every notebook declares: typed parameters, presets, and predictions."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovp_lib.errors import Refusal
from ovp_lib.evidence.claims import Claims, Estimate, Predictions
from ovp_lib.pages.kinds import Device


class ParameterError(Refusal):
    """A parameter that a notebook cannot take; the message is one line for a person."""


class Parameters(BaseModel):
    """Parameters that every notebook has; a statement adds its own.

    A field without a default takes its value from the preset.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    preset: str = Field(default="quick", description="quick, standard or paper")
    seed: int = Field(default=0, ge=0, description="root of every random stream of the run")
    n_seeds: int = Field(ge=2, description="independent repetitions behind every interval")
    device: Device = Field(default="auto", description="auto, cpu, cuda, cuda:0, ... or mps")


@dataclass(frozen=True)
class Statement:
    """One statement of a paper, as its notebook runs it.

    Attributes:
        name: stem of the notebook, of its page, of its results.
        place: in the book; statements are sorted by it.
        title: how the book names it.
        source: paper, statement, equation.
        parameters: the typed parameters.
        presets: for each preset the values of the parameters that have no default of their own.
        predictions: what is predicted, by claim id, fixed before anything is measured.
        row: its row in ``book/inventory.yml``, such as ``full/lemma-6-3``.
        feeds: the rows whose proof or argument rests on it; the map draws an arrow to each.
        symbols: what its page is the first to use: keys of ``book/symbols.yml``, one space apart.
    """

    name: str
    place: int
    title: str
    source: str
    parameters: type[Parameters]
    presets: Mapping[str, Mapping[str, Any]]
    predictions: Predictions
    row: str = ""
    feeds: tuple[str, ...] = ()
    symbols: str = ""

    @property
    def paper(self) -> str:
        """The document of the inventory that it is from, such as ``full``."""
        return self.row.partition("/")[0]

    def resolve(self, **given: Any) -> Parameters:
        """Complete the given parameters from the preset and validate all of them.

        Args:
            given: parameters by name; ``None`` means "as the preset has it".

        Returns:
            The validated, frozen parameters.

        Raises:
            ParameterError: an unknown name or preset, a wrong type, a value out of range, or
                what cannot be a device. One line, saying what is allowed.
        """
        fields = self.parameters.model_fields
        given = {name: value for name, value in given.items() if value is not None}
        for name in given:
            if name not in fields:
                raise ParameterError(
                    f"{self.name} has no parameter {name!r}{_did_you_mean(name, fields)}; "
                    f"it has {', '.join(fields)}"
                )
        preset = given.get("preset", fields["preset"].default)
        if preset not in self.presets:
            raise ParameterError(
                f"{self.name} has no preset {preset!r}; it has {', '.join(self.presets)}"
            )
        merged = {**self.presets[preset], **given}
        try:
            return self.parameters.model_validate_json(json.dumps(merged), strict=True)
        except ValidationError as error:
            raise ParameterError(_one_line(self.name, error)) from error
        except (TypeError, ValueError) as error:
            raise ParameterError(f"{self.name}: {error}") from error

    def judge(
        self,
        preset: str,
        estimates: Mapping[str, Estimate],
        notes: Mapping[str, str] = MappingProxyType({}),
    ) -> Claims:
        """Judge every prediction of the statement.

        Args:
            preset: the preset of the run.
            estimates: a measurement for each prediction, by claim id.
            notes: what a reader should know beside a verdict, by claim id.

        Returns:
            The claims, in the order in which they were predicted.

        Raises:
            ValueError: if a prediction was not measured, or a measurement or note not predicted.
        """
        predicted = {prediction.id for prediction in self.predictions}
        if not predicted == set(estimates) >= set(notes):
            raise ValueError(
                f"predicted but not measured: {sorted(predicted - set(estimates))}; "
                f"measured or noted but not predicted: {sorted({*estimates, *notes} - predicted)}"
            )
        claims = [
            prediction.judge(
                estimates[prediction.id], preset=preset, note=notes.get(prediction.id, "")
            )
            for prediction in self.predictions
        ]
        return Claims(self.name, claims)

    def describe(self) -> list[dict[str, Any]]:
        """Return name, type, description and value in each preset of every parameter."""
        return [
            {
                "name": name,
                "type": _type_name(field.annotation),
                "description": field.description or "",
                "values": {
                    preset: values.get(name, None if field.is_required() else field.default)
                    for preset, values in self.presets.items()
                },
            }
            for name, field in self.parameters.model_fields.items()
        ]


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
