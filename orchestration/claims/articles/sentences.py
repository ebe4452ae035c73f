"""Sentences of a paragraph."""

from collections.abc import Iterator

from syntok import segmenter


def sentences(paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph, as they stand there; none is cut at "U.S." or "Oct."."""
    for part in segmenter.analyze(paragraph):
        for sentence in part:
            tokens = list(sentence)
            yield paragraph[tokens[0].offset : tokens[-1].offset + len(tokens[-1].value)].strip()
