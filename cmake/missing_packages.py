"""Write the dependencies that a pyproject.toml states and this interpreter does not have, quoted for a shell.

Python 3.10 has no TOML reader of its own and nothing else is sure to be installed, so the one list is read by pattern.
"""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import sys
from pathlib import Path


def stated_dependencies(pyproject: str) -> list[str]:
    """Return the requirements in the list ``dependencies`` of the text of a pyproject.toml."""
    match = re.search(r"^dependencies = \[(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    if match is None:
        raise SystemExit("pyproject.toml states no list 'dependencies'")
    return re.findall(r'"([^"]+)"', match.group(1))


def is_installed(requirement: str) -> bool:
    """Tell whether the package of a requirement is there, in whatever version."""
    name = re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0]
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def main() -> None:
    """Write the missing requirements on one line."""
    requirements = stated_dependencies(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(" ".join(shlex.quote(each) for each in requirements if not is_installed(each)) + "\n")


if __name__ == "__main__":
    main()
