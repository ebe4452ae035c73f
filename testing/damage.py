"""Damage to a file that is not about its format: something else is in its place."""

from pathlib import Path


def replace_by_folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def replace_by_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("absent/absent")
