"""Markdown tables."""


def table(headings, lines):
    """Cells are texts; the first column is set to the left, all others to the right."""
    widths = [max(len(line[n]) for line in [headings, *lines]) for n in range(len(headings))]
    rule = "|" + "|".join(("-" * (width + 2) if n == 0 else "-" * (width + 1) + ":") for n, width in enumerate(widths)) + "|"
    return "\n".join([row(headings, widths), rule, *(row(line, widths) for line in lines)])


def row(cells, widths):
    padded = [cell.rjust(width) if n else cell.ljust(width) for n, (cell, width) in enumerate(zip(cells, widths))]
    return "| " + " | ".join(padded) + " |"


def mebibytes(count):
    return f"{count / (1 << 20):.1f}"
