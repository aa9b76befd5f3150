"""What Sphinx's pages lack here, as an extension: formulas without a script, levels of captions."""

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

AFTER_THE_THEME = 900  # which has made the sidebar by then


def inline(writer, node: nodes.math) -> None:
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(writer, node: nodes.math_block) -> None:
    writer.body.append(f"<div class='math'>{convert(node.astext(), display='block')}</div>")
    raise nodes.SkipNode


def name_levels(app: Sphinx, page: str, template: str, context: dict, tree: object) -> None:
    """The sidebar's captions are said to be headings: a screen reader must know of which level."""
    sidebar = context.get("furo_navigation_tree", "")
    levelled = sidebar.replace('role="heading"', 'role="heading" aria-level="2"')
    context["furo_navigation_tree"] = levelled


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("html-page-context", name_levels, AFTER_THE_THEME)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
