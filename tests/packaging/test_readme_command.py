import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def fenced_lines(markdown: str) -> list[str]:
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines()]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    commands = [line for line in fenced_lines(readme) if "pytest -n 2" in line]
    ci_lines = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert len(commands) == 1, "README.md must hold the test command once, in a fenced block"
    assert commands[0] in ci_lines


def test_fenced_lines_ignore_the_text_around_them() -> None:
    assert fenced_lines("a\n```bash\nb\n  c\n```\nd\n```\ne\n```\n") == ["b", "c", "e"]
