"""Refusals: errors of the user that are reported in one line, before anything starts."""


class Refusal(ValueError):
    """A request that cannot be carried out; nothing was started.

    The message is one line for a person: what was wrong, what arrived, what is allowed.
    """


class InputError(Refusal):
    """Something asked for is not there or cannot be used."""


class NotebookError(Refusal):
    """A notebook is not what the lab expects; the message says where and what."""
