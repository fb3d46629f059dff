# What a person sees while the workflow runs: workflow/scripts/canopy/runtime/terminal/. Snakemake's own output is shown
# instead where it is asked for (`--verbose`, `-p`, `--quiet`, `--logger`, or CANOPY_OUTPUT=snakemake in the environment,
# for programs that read it), and to a workflow that imports this one. Snakemake's log file has it all in any case.

from canopy.runtime.terminal.handler import Terminal
from snakemake.logging import logger


def takes_terminal():
    """Return Snakemake's handler for the terminal whose place is taken, or None."""
    asked = workflow.output_settings
    own = asked.verbose or asked.debug_dag or asked.printshellcmds or asked.quiet
    if IMPORTED or own or not workflow.is_main_process or os.environ.get("CANOPY_OUTPUT") == "snakemake":
        return None
    return next((handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"), None)


taken = takes_terminal()
if taken is not None:
    logger.removeHandler(taken)
    logger.addHandler(
        Terminal(
            taken.stream,
            live=not taken.nocolor,
            dry_run=workflow.output_settings.dryrun,
            without_command=lambda: {rule.name for rule in workflow.rules if rule.norun},
        )
    )
    # What a job says goes to its log alone: the log is followed, so that it does not run into the lines of others.
    quietly = 'tee() { command tee "$@" > /dev/null; }; '
    shell.prefix((shell._process_prefix + quietly).replace("{", "{{").replace("}", "}}"))
