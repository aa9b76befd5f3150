"""The notebook cell that is running, and when it runs again."""

from collections.abc import Callable

from IPython import get_ipython


def _running_cell() -> str | None:
    """The cell's lasting name; None where the front end does not tell, and in scripts."""
    parent = getattr(get_ipython(), "get_parent", dict)()
    return parent.get("metadata", {}).get("cellId")


def before_it_runs_again(action: Callable[[], None]) -> None:
    """Have `action` called once, as soon as the cell that now runs is run again."""
    shell, cell = get_ipython(), _running_cell()
    if cell is None:
        return

    def look(info) -> None:
        if getattr(info, "cell_id", None) == cell:
            shell.events.unregister("pre_run_cell", look)
            action()

    shell.events.register("pre_run_cell", look)
