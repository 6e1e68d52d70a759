"""`staff`: the firm's own people at the desk, before there is anybody who could make them there. Passwords come from the terminal or stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upheld.faces.app import App, Exit, Unusable
from upheld.faces.app.project import NOTICE
from upheld.faces.cli.command_line import Context, JsonFlag, guarded

if TYPE_CHECKING:  # argon2 and its like are for those commands that need them
    from upheld.records.staff.passwords import PasswordRules

Email = Annotated[str, typer.Argument(help="The address that the account is known by.")]
InFolder = Annotated[Path, typer.Option("--in", help="The firm's folder: its notice may have rules for passwords.")]
RoleOption = Annotated[str, typer.Option("--role", help="privacy-lead, verifier, operator or auditor (who only reads).")]
ASKED = "New password"


def add_staff(line: typer.Typer) -> None:
    """Hang the commands of this page into the command line."""
    group = typer.Typer(
        help="Accounts of the firm's people at the desk: add, list, give a role, disable, reset.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for name, run in (("add", add), ("list", list_all), ("role", role), ("disable", disable), ("reset", reset)):
        group.command(name)(guarded(run))
    line.add_typer(group, name="staff")


def add(
    ctx: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option("--name", help="Who it is.")],
    role: RoleOption,
    folder: InFolder = Path("."),
    as_json: JsonFlag = False,
) -> int:
    """Make an account. Its password is asked for at the terminal, or read from stdin: never an argument."""
    from upheld.records.staff import add as make
    from upheld.records.staff import all_accounts, set_password

    context: Context = ctx.obj
    app, rules = context.make_app(), _rules(context.make_app(), folder)
    password, now = _password(), app.settings.now()
    with app.own.transaction() as connection:
        first = not all_accounts(connection)  # whoever makes the first makes their own; any other password is handed over
        made = make(connection, name, email, role, now)
        set_password(connection, made.ref, password, rules, now, handed=not first)
    app.seal()
    if as_json:
        context.terminal.json({"account": made.ref, "role": made.role})
    context.terminal.say(f"The account is made, with the role {made.role}. Sign in on the console, and set up a second factor.")
    return Exit.WELL


def list_all(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    """List every account: who, in which role, with a second factor or without."""
    from upheld.records.staff import all_accounts

    context: Context = ctx.obj
    with context.make_app().own.connection() as connection:
        found = all_accounts(connection)
    if as_json:
        context.terminal.json(
            [
                {
                    "account": one.ref,
                    "name": one.name,
                    "email": one.email,
                    "role": one.role,
                    "second": one.second,
                    "disabled": bool(one.disabled),
                }
                for one in found
            ]
        )
    rows = [
        [
            one.name,
            one.email,
            one.role,
            "yes" if one.second else "no",
            f"disabled {one.disabled:%Y-%m-%d}" if one.disabled else "",
        ]
        for one in found
    ]
    if rows:
        context.terminal.table(("who", "address", "role", "second factor", ""), rows)
    else:
        context.terminal.say(
            "There is no account yet.", "Make one: upheld staff add maeve@larkspur.example.test --name … --role privacy-lead"
        )
    return Exit.WELL


def role(ctx: typer.Context, email: Email, role: RoleOption) -> int:
    """Give an account another role, from now on, in sessions that run, too."""
    from upheld.records.staff import set_role
    from upheld.records.staff.accounts import account_at

    context: Context = ctx.obj
    app = context.make_app()
    with app.own.transaction() as connection:
        set_role(connection, account_at(connection, email).ref, role, app.settings.now())
    app.seal()
    context.terminal.say(f"The role is {role} from now on.")
    return Exit.WELL


def disable(
    ctx: typer.Context,
    email: Email,
    again: Annotated[bool, typer.Option("--undo", help="Let the account be signed in to again.")] = False,
) -> int:
    """Disable an account: its sessions and API tokens end at once. What it did stays on record."""
    from upheld.records.staff import disable as shut
    from upheld.records.staff.accounts import account_at, enable

    context: Context = ctx.obj
    app = context.make_app()
    with app.own.transaction() as connection:
        change = enable if again else shut
        change(connection, account_at(connection, email).ref, app.settings.now())
    app.seal()
    context.terminal.say(
        "The account may be signed in to again." if again else "The account is disabled; its sessions are over."
    )
    return Exit.WELL


def reset(ctx: typer.Context, email: Email, folder: InFolder = Path(".")) -> int:
    """A new password for whoever lost theirs; second factor and recovery codes go, every session ends."""
    from upheld.records.staff.accounts import account_at
    from upheld.records.staff.accounts import reset as renew

    context: Context = ctx.obj
    app, rules = context.make_app(), _rules(context.make_app(), folder)
    with app.own.connection() as connection:
        ref = account_at(connection, email).ref
        renew(connection, ref, _password(), rules, app.settings.now())
    app.seal()
    context.terminal.say("The password is new. There is no second factor any more, and every session is over.")
    return Exit.WELL


def _rules(app: App, folder: Path) -> PasswordRules:
    from upheld.records.staff.passwords import rules_of

    return rules_of(app.check(folder).program if (folder / NOTICE).is_file() else None)


def _password() -> str:
    """Twice at a terminal, unseen; else the first line of stdin."""
    if sys.stdin.isatty():
        return str(typer.prompt(ASKED, hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Unusable("R503", "There is no password on stdin.", "Give it as one line, or run the command at a terminal.")
    return line
