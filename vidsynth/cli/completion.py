"""`vidsynth completion`: let the shell complete commands, options and names."""

from __future__ import annotations

import click

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> None:
    """Print what a SHELL needs to complete vidsynth's commands, options, sources and recipes.

    \b
      echo 'eval "$(vidsynth completion bash)"' >> ~/.bashrc
      echo 'eval "$(vidsynth completion zsh)"' >> ~/.zshrc
      vidsynth completion fish > ~/.config/fish/completions/vidsynth.fish
    """
    from click.shell_completion import get_completion_class

    from vidsynth.cli.main import main

    completion = get_completion_class(shell)
    assert completion is not None  # click knows the three
    # Not `completion.source()`: for bash it first runs bash to ask for its version.
    click.echo(completion.source_template % completion(main, {}, "vidsynth", "_VIDSYNTH_COMPLETE").source_vars())
