"""What somebody may have meant by a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_COMPARED = 500  # difflib takes 20 µs a name


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`; did you mean "x"?` where a known word is close, whatever its case; else the empty string.

    Among very many known words only those that are one slip of the keyboard away count.
    """
    folded = {name.lower(): name for name in known}
    names = list(folded)
    if len(names) > _MOST_COMPARED:
        names = [name for name in names if _one_slip_apart(word.lower(), name)][:_MOST_COMPARED]
    close = get_close_matches(word.lower(), names, n=1, cutoff=cutoff)
    return f'; did you mean "{folded[close[0]]}"?' if close else ""


def _one_slip_apart(word: str, name: str) -> bool:
    """Whether a letter was left out, added or changed, or two neighbours were swapped."""
    if abs(len(word) - len(name)) > 1:
        return False
    begin = _alike(word, name)
    end = _alike(word[begin:][::-1], name[begin:][::-1])
    return max(len(word), len(name)) - begin - end <= (2 if len(word) == len(name) else 1)


def _alike(word: str, name: str) -> int:
    """How many letters the two begin with alike."""
    length = min(len(word), len(name))
    return next((n for n in range(length) if word[n] != name[n]), length)
