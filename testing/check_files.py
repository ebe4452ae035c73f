"""Checks of the tracked files that no other linter makes: merge conflict markers, broken links and paths in the docs.

    python -m testing.check_files

Addresses on the web are not followed. Prints one line for each problem, and exits with code 1 if there is one.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from orchestration.settings import PROJECT_DIR

CONFLICT_MARKER = re.compile(rb"^(<{7}|\|{7}|>{7}) |^={7}\r?$", re.MULTILINE)
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
SOURCE_FOLDERS = ("benchmarks", "bi", "dbt_project", "deploy", "docs", "orchestration", "testing", "tests")


def tracked_files(folder: Path) -> list[Path]:
    """Return the files that git knows in a folder, without those deleted in the work tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := folder / name).is_file()]


def conflict_markers(file: Path) -> Iterator[str]:
    """Yield a sentence for each line that a merge left behind."""
    content = file.read_bytes()
    for found in CONFLICT_MARKER.finditer(content):
        line = content.count(b"\n", 0, found.start()) + 1
        yield f"{file}:{line}: a merge conflict marker"


def broken_links(page: Path) -> Iterator[str]:
    """Yield a sentence for each local link of a Markdown page whose file or heading does not exist."""
    for target in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        if not linked.exists():
            yield f"{page}: links to {target}, which does not exist"
        elif anchor and anchor not in anchors(linked):
            yield f"{page}: links to {target}, but {linked.name} has no such heading"


def missing_paths(page: Path) -> Iterator[str]:
    """Yield a sentence for each path in backticks, from the root of the project, that does not exist.

    Paths with a placeholder, such as `dbt_project/models/staging/<source>/`, are not checked.
    """
    for word in (word for code in CODE_SPAN.findall(_prose(page)) for word in code.split()):
        is_path = word.partition("/")[0] in SOURCE_FOLDERS and "/" in word and "<" not in word
        if is_path and not (PROJECT_DIR / word).exists():
            yield f"{page}: names {word}, which does not exist"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as code hosts derive them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(_prose(page))}


def _prose(page: Path) -> str:
    return CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))


def problems(files: Iterable[Path]) -> Iterator[str]:
    """Yield every problem of some files."""
    for file in files:
        yield from conflict_markers(file)
        if file.suffix == ".md":
            yield from broken_links(file)
            yield from missing_paths(file)


def main() -> int:
    """Print the problems of the project's files; return the exit code."""
    found = list(problems(tracked_files(PROJECT_DIR)))
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
