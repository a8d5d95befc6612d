"""How the words of a command line are read, before options get their values."""

from __future__ import annotations

from collections.abc import Sequence

import click


def spelled_out(args: Sequence[str], options: dict[str, click.Parameter]) -> list[str]:
    """The words of a command line, each shortened option with its whole name.

    Args:
        args: what was typed; those after ``--`` are no options.
        options: by name, such as ``--epochs``.

    Raises:
        click.UsageError: several options begin like that, or one stands where a value should.
    """
    end = args.index("--") if "--" in args else len(args)
    spelled = [_whole(word, options) for word in args[:end]]
    for word, following in zip(spelled, [*spelled[1:], "--"]):
        takes_value = not getattr(options.get(word), "is_flag", True)
        if takes_value and following.partition("=")[0] in {*options, "--"}:
            raise click.UsageError(f"Option '{word}' requires an argument.")
    return [*spelled, *args[end:]]


def _whole(word: str, options: dict[str, click.Parameter]) -> str:
    name, equals, value = word.partition("=")
    if name in options or not name.startswith("--"):
        return word
    found = sorted(option for option in options if option.startswith(name))
    if len(found) > 1:
        raise click.UsageError(f"Ambiguous option: {name} could be {', '.join(found)}.")
    return f"{found[0]}{equals}{value}" if found else word


def too_many(rest: Sequence[str], words: Sequence[str], options: dict[str, click.Parameter]) -> str:
    """What is said of words that belong to nothing.

    Args:
        rest: those words.
        words: all of the command line, in their order.
        options: by name, such as ``--epochs``.
    """
    plural = "s" if len(rest) > 1 else ""
    sentence = f"Got unexpected extra argument{plural} ({' '.join(rest)})"
    name = _option_before(rest[0], words, options)
    if not name:
        return f"{sentence}."
    if getattr(options[name], "multiple", False):
        return f"{sentence}: {name} is written before each value, as in {name} {rest[0]}."
    usual = getattr(options[name], "default", None)
    such_as = f", such as {usual}" if isinstance(usual, str) else ""
    return f"{sentence}: {name} takes one word{such_as}."


def _option_before(extra: str, words: Sequence[str], options: dict[str, click.Parameter]) -> str:
    """The option that has a value already, right before a word that is too many; "" for none."""
    name = ""
    for before, word in zip(["", *words], words):
        if word.partition("=")[0] in options:
            name = word.partition("=")[0]
        elif word == extra and before not in options:
            break
    takes_value = name and not getattr(options[name], "is_flag", True)
    return name if takes_value else ""
