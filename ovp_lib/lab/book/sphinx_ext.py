"""Sphinx directives that show what the notebooks of a book claim, take, and were computed with.

``{scoreboard}`` shows all claims, ``{history}`` what was predicted otherwise before,
``{parameters} <stem>`` the parameters of a statement, ``{provenance} <stem>`` the run behind a
page, ``{reference} <stem> <preset>`` a longer run on record, ``{results} <sweep> <preset>`` where
the table of a sweep comes from, ``{instrument} <stem>`` an interactive figure. All are made at
build time from the notebooks and records in the source directory.
"""

import html
import inspect
import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

import ovp_lib
from ovp_lib.errors import InputError
from ovp_lib.lab.book import (
    access,
    instruments,
    numbers,
    sphinx_icons,
    sphinx_narrow,
    sphinx_speed,
    weight,
)
from ovp_lib.lab.book.claim_rows import claim_tables
from ovp_lib.lab.book.directives import RESULTS, LabDirective, Row, table
from ovp_lib.lab.book.sphinx_card import depend_on_records, show_card
from ovp_lib.lab.book.sphinx_figure import NotebookFigure
from ovp_lib.lab.book.sphinx_history import History
from ovp_lib.lab.book.sphinx_scoreboard import Scoreboard, add_script
from ovp_lib.lab.book.sphinx_search import add_entries
from ovp_lib.lab.book.sphinx_terms import explain
from ovp_lib.lab.book.sphinx_titles import count_nothing, name_statements
from ovp_lib.lab.book.sphinx_verdicts import show_verdicts
from ovp_lib.lab.files import form, notebooks
from ovp_lib.lab.files.address import repository
from ovp_lib.lab.files.provenance import RunRecord, record_path
from ovp_lib.lab.sweeps.results import ResultsRecord, read_committed
from ovp_lib.pages import STATEMENTS


class ParametersTable(LabDirective):
    """The parameters of a statement and what every preset sets them to."""

    required_arguments = 1

    def show(self) -> list[nodes.Node]:
        """Return a table made from the statement's declaration."""
        (name,) = self.arguments
        if name not in STATEMENTS:
            raise InputError(f"no statement {name!r}; there are {', '.join(STATEMENTS)}")
        statement = STATEMENTS[name]
        self.env.note_dependency(inspect.getfile(statement.parameters))
        rows = [
            (
                nodes.literal("", str(parameter["name"])),
                str(parameter["type"]),
                str(parameter["description"]),
                *(
                    nodes.literal("", notebooks.literal(parameter["values"][preset]))
                    for preset in statement.presets
                ),
            )
            for parameter in statement.describe()
        ]
        columns = ("parameter", "type", "meaning", *statement.presets)
        return [table(columns, rows, css="ovp-parameters")]


class Provenance(LabDirective):
    """When, where and from which code the numbers of a page were computed."""

    required_arguments = 1

    def show(self) -> list[nodes.Node]:
        """Return a table made from the run's record, or a sentence if there is no record."""
        (name,) = self.arguments
        path = self.notebook(name)
        claims = notebooks.claims(notebooks.read(path), name)
        # A missing record is a dependency too: Sphinx reads the page again until there is one.
        self.env.note_dependency(str(record_path(path)))
        try:
            record = RunRecord.read(record_path(path))
        except FileNotFoundError:
            record = None
        if record is None or list(record.claims) != list(claims):
            return [stored(name)]
        made = table(("this run", ""), provenance_rows(record), css="ovp-provenance")
        return closed("The run behind this page: time, machine and versions", made)


class Reference(LabDirective):
    """The claims of a longer run whose record is kept in the repository, and what it cost."""

    required_arguments = 2

    def show(self) -> list[nodes.Node]:
        """Return the table of its claims, then where they come from."""
        name, preset = self.arguments
        path = Path(self.env.srcdir) / RESULTS / preset / f"{name}.record.json"
        self.env.note_dependency(str(path))
        if not path.is_file():
            return [missing(name, preset)]
        record = RunRecord.read(path)
        made = table(("that run", ""), provenance_rows(record), css="ovp-provenance")
        claims = claim_tables([[claim] for claim in record.claims], {})
        return closed(f"All claims at the preset {preset}, and what that run cost", *claims, made)


class Results(LabDirective):
    """The origin of the table of a finished sweep, and its cost."""

    required_arguments = 2

    def show(self) -> list[nodes.Node]:
        """Return the rows of its record."""
        name, preset = self.arguments
        path = Path(self.env.srcdir) / RESULTS / name / f"{preset}.parquet"
        self.env.note_dependency(str(path))
        _, record = read_committed(path)
        columns = ("table", f"{RESULTS}/{name}/{path.name}")
        made = table(columns, results_rows(record), css="ovp-provenance")
        return closed("Where this table comes from, and how to make it again", made)


def closed(summary: str, *content: nodes.Node) -> list[nodes.Node]:
    """Return some content in a box that is closed until a reader opens it.

    Args:
        summary: what stands on the box, plain text.
        content: what is in it.

    Returns:
        The content between the two ends of the box.
    """
    opening = f'<details class="ovp-closed"><summary>{html.escape(summary)}</summary>'
    return [
        nodes.raw("", opening, format="html"),
        *content,
        nodes.raw("", "</details>", format="html"),
    ]


def stored(name: str) -> nodes.Node:
    """Return the sentence of a page that shows the stored notebook.

    Args:
        name: stem of the notebook.

    Returns:
        A paragraph.
    """
    return nodes.paragraph(
        "",
        "",
        nodes.Text(
            "This page shows the stored notebook, as it is in the repository. Your own run: "
        ),
        nodes.literal("", f"ovp run {name}"),
        nodes.Text(", then "),
        nodes.literal("", "ovp book --from _runs/quick"),
        nodes.Text("."),
    )


def missing(name: str, preset: str) -> nodes.Node:
    """Return the sentence that stands where no longer run is on record.

    Args:
        name: stem of the notebook.
        preset: of the run.

    Returns:
        A paragraph.
    """
    said = f"No run at the preset {preset} is on record for the claims of today. Your own: "
    command = nodes.literal("", f"ovp run {name} --preset {preset}")
    return nodes.paragraph("", "", nodes.Text(said), command, nodes.Text("."))


def provenance_rows(record: RunRecord) -> list[Row]:
    """Return what a reader should know of a run, a row each.

    Args:
        record: the record of the run.

    Returns:
        What each row is about, and what there is to know.
    """
    environment = record.environment
    commit = environment.commit or "not in a repository"
    given = ", ".join(f"{k} = {notebooks.literal(v)}" for k, v in record.given.items())
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages.items())
    return [
        ("when", f"{record.started:%Y-%m-%d %H:%M} UTC"),
        ("commit", commit + (" with uncommitted changes" if environment.dirty else "")),
        ("machine", f"{environment.cpu}; {environment.platform}"),
        ("device", f"{environment.device}, {environment.torch_threads} CPU threads"),
        ("cost", f"{record.wall_seconds:.0f} s"),
        ("preset", record.preset),
        ("seed", str(record.seed)),
        ("changed parameters", given or "none"),
        ("Python", environment.python),
        ("packages", packages),
    ]


def results_rows(record: ResultsRecord) -> list[Row]:
    """Return what a reader should know of a sweep, a row each.

    Args:
        record: the record of the table of the sweep.

    Returns:
        What each row is about, and what there is to know.
    """
    environments = record.environments
    commits = [f"{e.commit}{' with uncommitted changes' if e.dirty else ''}" for e in environments]
    machines = [f"{e.cpu}; {e.platform}; {e.device}" for e in environments]
    packages = [f"{name} {version}" for e in environments for name, version in e.packages.items()]
    first, last = record.first_started, record.last_started
    again = f"ovp sweep export {record.sweep} --preset {record.preset}"
    return [
        ("what", record.title),
        ("when", f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC" if first and last else "?"),
        ("commits", ", ".join(dict.fromkeys(commits))),
        ("code behind the numbers", record.code),
        ("machines", ", ".join(dict.fromkeys(machines))),
        ("arithmetic", ", ".join(f"{mode}: {n} tasks" for mode, n in record.arithmetic.items())),
        (
            "cost",
            f"{record.cpu_seconds / 3600:.2f} core hours as far as known, {record.tasks} tasks",
        ),
        *([("not run", f"{record.missing} more tasks of the preset")] if record.missing else []),
        ("rows", str(record.rows)),
        ("packages", ", ".join(dict.fromkeys(packages))),
        ("again", nodes.literal("", again)),
    ]


def expect_claims(_: Sphinx, config: Config) -> None:
    """Let MyST-NB show a verdict cell's table without a warning about the record beside it.

    Args:
        config: settings of the book, given by Sphinx; they are changed.
    """
    config.suppress_warnings = [*config.suppress_warnings, "mystnb.unknown_mime_type"]


def read_stored(app: Sphinx, docname: str, source: list[str]) -> None:
    """Let the book read a stored notebook, whose text is plain Markdown, as MyST.

    Args:
        app: the application, given by Sphinx.
        docname: of the page, given by Sphinx.
        source: the text of its file, given by Sphinx; it is changed.
    """
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    form.book(notebook)
    source[0] = json.dumps(notebook, ensure_ascii=False)


def offer_to_run(app: Sphinx, config: Config) -> None:
    """Put buttons of Binder and Colab on the pages, once the repository has an address.

    Args:
        app: the application, given by Sphinx.
        config: settings of the book, given by Sphinx; they are changed.
    """
    options = config.html_theme_options
    if not repository(Path(app.srcdir)):
        options.pop("repository_url", None)
        return
    options["launch_buttons"] = {
        "notebook_interface": "jupyterlab",
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
    }


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives; called by Sphinx.

    Args:
        app: the application, given by Sphinx.

    Returns:
        What Sphinx needs to know of the extension.
    """
    app.connect("config-inited", expect_claims)
    app.connect("config-inited", offer_to_run)
    app.connect("source-read", read_stored)
    app.connect("doctree-resolved", explain, priority=900)  # when nothing more is inserted
    app.connect("config-inited", count_nothing, priority=900)  # sphinx-proof switches it on
    app.connect("doctree-read", name_statements)
    app.connect("doctree-read", depend_on_records)
    app.connect("doctree-read", sphinx_narrow.keep)
    app.connect("doctree-resolved", show_verdicts)
    app.connect("doctree-resolved", show_card)
    app.connect("doctree-resolved", add_entries)
    app.connect("html-page-context", add_script)
    app.add_js_file("hints.js", loading_method="defer")
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("history", History)
    app.add_directive("parameters", ParametersTable)
    app.add_directive("provenance", Provenance)
    app.add_directive("reference", Reference)
    app.add_directive("results", Results)
    app.add_directive("notebook-figure", NotebookFigure)
    instruments.setup(app)
    weight.setup(app)
    sphinx_icons.setup(app)
    access.setup(app)
    numbers.setup(app)
    sphinx_speed.setup(app)
    return {
        "version": ovp_lib.__version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
