"""A command that is printed to be copied runs as it stands, however narrow the terminal."""

from __future__ import annotations

import shlex

from upheld.faces.cli.terminal import Terminal


def printed(line: str, capsys) -> list[str]:  # type: ignore[no-untyped-def]
    Terminal().say(line)
    return capsys.readouterr().out.splitlines()


def test_a_long_command_goes_on_where_a_shell_joins_it_again(capsys) -> None:  # type: ignore[no-untyped-def]
    command = f"upheld erase A-0001 --plan 9248c34af533e63b --in /srv/{'long-name/' * 7}shop"
    lines = printed(f"Plan 9248c34af533e63b. To run it: {command}", capsys)
    assert lines[0] == "Plan 9248c34af533e63b. To run it:"
    assert all(line.endswith(" \\") for line in lines[1:-1]) and len(lines) == 3
    assert shlex.split("\n".join(lines[1:]).replace("\\\n", "")) == shlex.split(command)


def test_a_short_command_stands_on_the_line_of_its_sentence(capsys) -> None:  # type: ignore[no-untyped-def]
    line = "Plan 9248c34af533e63b. To run it: upheld erase A-0001 --plan 9248c34af533e63b --in shop"
    assert printed(line, capsys) == [line]
