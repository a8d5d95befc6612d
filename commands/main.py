"""The program: which commands there are, and how each of them ends."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from commands.options import Call
from commands.warned import warnings_as_sentences
from commands.words import spelled_out
from core.failures import FULL, Failure, NoRoomError
from core.training import parallel

PROGRAM = "train_all.py"
# Each command with the module that holds it; only the one that is asked for is imported.
COMMANDS = {
    "mnist": "training",
    "resnet": "training",
    "cam": "cam",
    "channels": "channels",
    "untrained": "untrained",
    "ingredients": "ingredients",
    "attack-models": "training",
    "attack-curves": "attack_curves",
    "report": "report",
    "data": "data",
    "samples": "samples",
    "table": "table",
    "lecture": "lecture",
    "site": "site",
    "page": "page",
    "check": "check",
    "sheets": "sheets",
    "documents": "documents",
}
HELP = """Train the homework's networks, measure them, write what they need, and check a homework.

A run that was ended goes on where it stopped when the same command is given again. On a machine
with several GPUs:

\b
    torchrun --nproc-per-node GPUS train_all.py resnet

COMMAND --help explains a command's options.
"""
LONGEST = 300  # characters of a word that is repeated; the longer ones lose their middle


class Program(click.Group):
    """The commands, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """One of them.

        Raises:
            click.UsageError: there is none of that name.
        """
        if name not in COMMANDS:
            raise click.UsageError(f"No such command '{name}': {_expected()}")
        module = import_module(f"commands.{COMMANDS[name]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        if isinstance(ctx.obj, Call):
            ctx.obj.command = command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the program's own options, up to the command's name.

        Raises:
            click.UsageError: an option is unknown, or there is no command.
        """
        own = {name: param for param in self.get_params(ctx) for name in param.opts}
        end = next((i for i, word in enumerate(args) if not word.startswith("-")), len(args))
        args = [*spelled_out(args[:end], own), *args[end:]]
        rest = super().parse_args(ctx, args)
        if not args:
            raise click.UsageError(f"A COMMAND is missing: {_expected()}")
        return rest


def _expected() -> str:
    return f"expected one of {', '.join(COMMANDS)}."


program = Program(
    PROGRAM,
    help=HELP,
    no_args_is_help=False,
    subcommand_metavar="COMMAND [OPTIONS]",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the command line without the program's name; None takes the real one.

    Returns:
        The exit code: 0 done, 1 a checked homework has a fault, 2 cannot be done (one sentence says
        why), 130 ended with Ctrl-C.
    """
    call = Call(list(sys.argv[1:] if arguments is None else arguments))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a folder's name may be no text
    try:
        with (
            warnings_as_sentences(_complain),
            program.make_context(PROGRAM, list(call.arguments), obj=call) as context,
        ):
            program.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as end:  # after --help
        return end.exit_code
    except click.NoSuchOption as error:
        return _refuse(_no_such_option(error))
    except click.ClickException as error:
        return _refuse(error.format_message())
    except Failure as error:
        return _refuse(f"{str(error).rstrip('.')}{_what_to_choose(error, call)}")
    except BrokenPipeError:  # whoever reads what is printed has enough, such as `head`
        _write_nowhere()
        return 0
    except OSError as error:  # a full disk, a folder without permission
        again = f"; {_lower(call.again)} goes on" if error.errno in FULL else ""
        return _refuse(f"A file cannot be read or written ({error}){again}.")
    except KeyboardInterrupt:
        _complain(f"\nEnded. {call.again} {call.goes_on}.")
        return 130
    return 0


def _write_nowhere() -> None:
    """Let what is still to be printed go, which Python would complain of at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _no_such_option(error: click.NoSuchOption) -> str:
    """With what is near to it, or else where all are listed."""
    sentence = error.format_message()
    if error.possibilities or error.ctx is None:
        return sentence
    return f"{sentence.rstrip('.')}: `{error.ctx.command_path} --help` lists those that there are."


def _what_to_choose(error: Failure, call: Call) -> str:
    """The options that choose otherwise, in brackets, and what goes on; "" for a program."""
    if call.for_program or call.command is None:
        return ""
    options = {parameter.name: parameter.opts[0] for parameter in call.command.params}
    chosen = error.settings or _folder_options(error, call)
    found = [
        options.get(name) or _other(name)
        for name in chosen
        if name in options or "others" in options
    ]
    again = f"; {_lower(call.again)} then goes on" if isinstance(error, NoRoomError) else ""
    return (f" ({', '.join(found)})" if found else "") + again


def _folder_options(error: Failure, call: Call) -> list[str]:
    """The name of the option that has chosen the folder whose disk is full."""
    folder = error.folder if isinstance(error, NoRoomError) else None
    around = {
        name: value
        for name, value in call.values.items()
        if folder and isinstance(value, Path) and folder.absolute().is_relative_to(value.absolute())
    }
    return sorted(around, key=lambda name: len(around[name].absolute().parts))[-1:]


def _other(name: str) -> str:
    return f"--set {name}=VALUE"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _refuse(sentence: str) -> int:
    end = "" if sentence.endswith((".", "?", "!")) else "."
    _complain(f"{PROGRAM}: {_readable(' '.join(sentence.splitlines()))}{end}")
    return 2


def _readable(text: str) -> str:
    """A sentence without what a terminal would obey, and with the middle of very long words cut."""
    shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return re.sub(rf"\S{{{LONGEST},}}", lambda word: f"{word[0][:80]}…{word[0][-20:]}", shown)


def _complain(sentence: str) -> None:
    if not (parallel.is_torchrun() and parallel.is_helper()):  # of torchrun's processes one speaks
        print(sentence, file=sys.stderr)
