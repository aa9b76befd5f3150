"""Marking a class: functions out of notebooks, asked in processes of their own, and judged."""

from nst_helpers.marking.marks import Mark, Marked, chosen, mark_all
from nst_helpers.marking.report import summary, write_csv, write_page
from nst_helpers.marking.sandbox import WARM, Limits
from nst_helpers.marking.similarity import Pair, similar
from nst_helpers.marking.submissions import Submission, read_submissions
