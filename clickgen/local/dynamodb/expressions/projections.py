"""ProjectionExpression: which parts of an item are given."""

from functools import lru_cache

from clickgen.local.dynamodb.expressions.lexer import Parser, Path


@lru_cache(maxsize=1024)
def parse_projection(text: str) -> tuple[tuple[Path, ...], frozenset[str]]:
    """The paths of a projection and its placeholders; ServiceError if it is not valid."""
    parser = Parser(text, "ProjectionExpression")
    paths = [parser.path()]
    while parser.takes(","):
        paths.append(parser.path())
    if not parser.at_end():
        raise parser.unexpected()
    return tuple(paths), frozenset(parser.placeholders)
