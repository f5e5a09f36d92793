"""Breaking a line that is wider than a terminal between words, since the terminal would break it inside them."""


def line_breaks(text: str, columns: int, indent: int = 0) -> list[int]:
    """The positions of the spaces that become line ends; a word that is wider than the terminal stays whole.

    indent: columns that are empty at the beginning of every line but the first.
    """
    breaks: list[int] = []
    start, room = 0, max(1, columns)
    while len(text) - start > room:
        at = text.rfind(" ", start + 1, start + room + 1)
        if at < 0 or not text[start:at].strip():
            at = text.find(" ", start + room)
        if at < 0:
            break
        breaks.append(at)
        start, room = at + 1, max(1, columns - indent)
    return breaks


def between_words(text: str, columns: int) -> str:
    """The text in lines that are as wide as the terminal at most."""
    characters = list(text)
    for at in line_breaks(text, columns):
        characters[at] = "\n"
    return "".join(characters)
