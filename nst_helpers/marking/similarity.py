"""Submissions that are alike, for the instructor to look at: it may be chance, and often is not."""

import io
import keyword
import token
import tokenize
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from nst_helpers.marking.submissions import Submission, SubmissionError

LENGTH = 6  # tokens a piece
ENOUGH = 25  # pieces that two submissions share and hardly any other has
ALIKE = 0.6  # of the pieces of the two
NOT_CODE = {token.NEWLINE, token.NL, token.INDENT, token.DEDENT, token.COMMENT, token.ENDMARKER}


@dataclass(frozen=True)
class Pair:
    """Two submissions, and how much of their unusual code they have in common, 0 to 1."""

    first: str
    second: str
    share: float


def similar(submissions: Sequence[Submission], exercises: Sequence[str]) -> list[Pair]:
    """The pairs that share most of their code, whatever the names in it, the most alike first.

    Pieces that more than a quarter of the class has, as it has the obvious ones, do not count.
    """
    pieces = [_pieces(one, exercises) for one in submissions]
    known = Counter(piece for found in pieces for piece in found)
    most = max(2, len(pieces) // 4)
    rare = [{piece for piece in found if known[piece] <= most} for found in pieces]
    pairs = []
    for (one, mine), (other, theirs) in combinations(zip(submissions, rare, strict=True), 2):
        share = len(mine & theirs) / max(1, len(mine | theirs))
        if len(mine & theirs) >= ENOUGH and share >= ALIKE:
            pairs.append(Pair(one.name, other.name, share))
    return sorted(pairs, key=lambda pair: -pair.share)


def _pieces(submission: Submission, exercises: Sequence[str]) -> set[tuple[str, ...]]:
    pieces = set()
    for name in exercises:
        try:
            source, _ = submission.program(name)
        except SubmissionError:
            continue
        words = _words(source)
        pieces |= {tuple(words[n : n + LENGTH]) for n in range(len(words) - LENGTH + 1)}
    return pieces


def _words(source: str) -> list[str]:
    """The tokens of some code; names that are not attributes become one, and texts none."""
    words: list[str] = []
    for kind, text, *_ in tokenize.generate_tokens(io.StringIO(source).readline):
        if kind == token.NAME and not keyword.iskeyword(text) and words[-1:] != ["."]:
            text = "name"
        if kind not in NOT_CODE and kind != token.STRING:
            words.append(text)
    return words
