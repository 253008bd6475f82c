"""Sphinx directives that show what the notebooks of a book claim, take, and were computed with.

``{scoreboard}`` shows all claims, ``{parameters} <stem>`` the parameters of a statement,
``{provenance} <stem>`` the run behind a page, ``{reference} <stem> <preset>`` a longer run on
record, ``{results} <sweep> <preset>`` where the table of a sweep comes from. All are made at build
time from the notebooks and records in the source directory.
"""

import inspect
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import ovp_lib
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import (
    VERDICT_CLASSES,
    VERDICTS,
    Claim,
    Claims,
    format_measured,
    format_region,
)
from ovp_lib.lab.book.sphinx_figure import NotebookFigure
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import RunRecord, record_path
from ovp_lib.lab.files.shard import DamagedShard
from ovp_lib.lab.sweeps.results import ResultsRecord, read_export
from ovp_lib.pages import STATEMENTS

NOTEBOOKS = "notebooks"
"""Folder of the notebooks in a book's source directory."""

RESULTS = "results"
"""Folder of the records of longer runs there, with a folder for each preset."""

Row = Sequence[str | nodes.Node]


class LabDirective(SphinxDirective):
    """Base of the directives: paths of notebooks, and errors that name their place."""

    def run(self) -> list[nodes.Node]:
        """Show the content; what is wrong with a notebook becomes an error of this page."""
        try:
            return self.show()
        except (InputError, NotebookError) as error:
            raise self.error(str(error)) from error

    def show(self) -> list[nodes.Node]:
        """Return the nodes to insert."""
        raise NotImplementedError

    def notebook(self, name: str) -> Path:
        """Return a notebook's path, on whose content this page depends from now on.

        Args:
            name: stem of the notebook.

        Returns:
            The path, whether or not there is a file.
        """
        path = Path(self.env.srcdir) / NOTEBOOKS / f"{name}.ipynb"
        self.env.note_dependency(str(path))
        return path

    def page(self, name: str) -> nodes.Node:
        """Return a link to a notebook's page that reads as the page's title.

        Args:
            name: stem of the notebook.

        Returns:
            A reference, which Sphinx resolves later.
        """
        target = f"/{NOTEBOOKS}/{name}"
        link = addnodes.pending_xref(
            "",
            nodes.inline("", name),
            refdomain="std",
            reftype="doc",
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        self.set_source_info(link)
        return link


class Scoreboard(LabDirective):
    """Every claim of every notebook, by statement, with a link to its page."""

    def show(self) -> list[nodes.Node]:
        """Return the counts, then a table for each statement."""
        found = {
            name: notebooks.claims(notebooks.read(self.notebook(name)), name)
            for name in notebooks.discover(Path(self.env.srcdir) / NOTEBOOKS, STATEMENTS)
        }
        counts = nodes.paragraph("", count(found.values()), classes=["ovp-counts"])
        return [counts, *(node for name, claims in found.items() for node in self.group(claims))]

    def group(self, claims: Claims) -> list[nodes.Node]:
        """Return the heading and the table of one statement.

        Args:
            claims: the claims of the statement.

        Returns:
            Heading and table.
        """
        statement = STATEMENTS[claims.statement]
        link = nodes.strong("", "", self.page(claims.statement))
        heading = nodes.paragraph("", "", link, nodes.Text(f" · {statement.source}"))
        columns = ("claim", "predicted", "measured", "n", "verdict", "note")
        return [heading, table(columns, map(claim_row, claims), css="ovp-scoreboard")]


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
        return [table(("this run", ""), provenance_rows(record), css="ovp-provenance")]


class Reference(LabDirective):
    """The claims of a longer run whose record is kept in the repository, and what it cost."""

    required_arguments = 2

    def show(self) -> list[nodes.Node]:
        """Return the table of its claims, then where they come from."""
        name, preset = self.arguments
        path = Path(self.env.srcdir) / RESULTS / preset / f"{name}.record.json"
        self.env.note_dependency(str(path))
        try:
            record = RunRecord.read(path)
        except FileNotFoundError as error:
            raise InputError(f"there is no record {path}") from error
        columns = ("claim", "predicted", "measured", "n", "verdict", "note")
        return [
            table(columns, map(claim_row, record.claims), css="ovp-scoreboard"),
            table(("that run", ""), provenance_rows(record), css="ovp-provenance"),
        ]


class Results(LabDirective):
    """The origin of the table of a finished sweep, and its cost."""

    required_arguments = 2

    def show(self) -> list[nodes.Node]:
        """Return the rows of its record."""
        name, preset = self.arguments
        path = Path(self.env.srcdir) / RESULTS / name / f"{preset}.parquet"
        self.env.note_dependency(str(path))
        try:
            _, record = read_export(path)
        except FileNotFoundError as error:
            raise InputError(f"there is no table {path}") from error
        except DamagedShard as error:
            raise InputError(str(error)) from error
        columns = (f"{RESULTS}/{name}/{path.name}", "")
        return [table(columns, results_rows(record), css="ovp-provenance")]


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
        ("cost", f"{record.cpu_seconds / 3600:.2f} core hours, {record.tasks} tasks"),
        *([("not run", f"{record.missing} more tasks of the preset")] if record.missing else []),
        ("rows", str(record.rows)),
        ("packages", ", ".join(dict.fromkeys(packages))),
        ("again", nodes.literal("", again)),
    ]


def count(groups: Iterable[Claims]) -> str:
    """Say how many claims there are, and how many of each verdict.

    Args:
        groups: claims, grouped by statement.

    Returns:
        The words; verdicts that no claim has are left out.

    Example:
        >>> count([])
        '0 claims'
    """
    verdicts = Counter(claim.verdict for claims in groups for claim in claims)
    words = [f"{verdicts[verdict]} {verdict}" for verdict in VERDICTS if verdicts[verdict]]
    total = f"{verdicts.total()} claim{'' if verdicts.total() == 1 else 's'}"
    return total + (f": {', '.join(words)}" if words else "")


def claim_row(claim: Claim) -> Row:
    """Return the cells of one claim; the verdict carries its CSS class.

    Args:
        claim: the claim.

    Returns:
        Sentence, region, measured value, repetitions, verdict and note.
    """
    verdict = nodes.inline("", claim.verdict, classes=[VERDICT_CLASSES[claim.verdict]])
    return (
        claim.sentence,
        format_region(claim),
        format_measured(claim),
        str(claim.n),
        verdict,
        claim.note,
    )


def table(columns: Sequence[str], rows: Iterable[Row], *, css: str) -> nodes.Node:
    """Return a table that scrolls sideways where the screen is narrow.

    Args:
        columns: headings of the columns.
        rows: cells of each row, as many as there are columns.
        css: class of the table in the style sheet.

    Returns:
        A container with the table in it.
    """
    group = nodes.tgroup("", cols=len(columns))
    group += [nodes.colspec("", colwidth=1) for _ in columns]
    group += nodes.thead("", _row(columns))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.container("", nodes.table("", group, classes=[css]), classes=["ovp-scroll"])


def _row(cells: Row) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", _node(c))) for c in cells))


def _node(cell: str | nodes.Node) -> nodes.Node:
    return nodes.Text(cell) if isinstance(cell, str) else cell


def expect_claims(_: Sphinx, config: Config) -> None:
    """Let MyST-NB show a verdict cell's table without a warning about the record beside it.

    Args:
        config: settings of the book, given by Sphinx; they are changed.
    """
    config.suppress_warnings = [*config.suppress_warnings, "mystnb.unknown_mime_type"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives; called by Sphinx.

    Args:
        app: the application, given by Sphinx.

    Returns:
        What Sphinx needs to know of the extension.
    """
    app.connect("config-inited", expect_claims)
    app.add_directive("scoreboard", Scoreboard)
    app.add_directive("parameters", ParametersTable)
    app.add_directive("provenance", Provenance)
    app.add_directive("reference", Reference)
    app.add_directive("results", Results)
    app.add_directive("notebook-figure", NotebookFigure)
    return {
        "version": ovp_lib.__version__,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
