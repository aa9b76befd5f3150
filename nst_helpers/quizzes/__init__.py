"""Quizzes: ten questions a lesson, in a notebook or as a page."""

from nst_helpers.quizzes.data import LESSONS, Question, questions
from nst_helpers.quizzes.page import quiz_page, quiz_part
from nst_helpers.quizzes.widget import Quiz, quiz
