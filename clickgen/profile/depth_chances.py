"""The chances of another click, page by page."""


def by_page(go_on: tuple[float, ...], max_pages: int) -> list[float]:
    """The chances of another click after page 1, 2, … and the last but one."""
    return list((go_on + go_on[-1:] * max_pages)[: max_pages - 1])
