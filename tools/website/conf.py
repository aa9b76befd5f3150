"""Sphinx's settings for the site."""

import nst_helpers

project = "Neural style transfer"
author = "the nst_helpers authors"
copyright = f"2026, {author}"
version = release = nst_helpers.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "tools.website.output"]
smartquotes = False

# Notebooks show what was committed. Their links to headings are Jupyter's: #A-heading.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 4
myst_heading_slug_func = "tools.website.sources.anchor"
myst_update_mathjax = False

# Docstrings are written in Markdown's manner: `name` is code.
default_role = "code"
autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True

html_theme = "furo"
html_title = "Neural style transfer, one notebook at a time"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# A page opened from disk may not read others, which is where the summaries would come from.
html_show_search_summary = False
