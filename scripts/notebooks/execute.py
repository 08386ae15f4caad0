"""Executes one notebook from top to bottom and tells on standard output how it goes, one JSON object a line.

usage: execute.py NOTEBOOK OUTPUT

The environment variable NOTEBOOK_SETTINGS, a JSON object, gives constants of cells tagged "settings" other values: with
{"epochs": 2} the line `const epochs = 6; // …` is run as `const epochs = 2; // …`. Other names are left alone.

Events: {"event": "start", "cells": n}, {"event": "cell", "index": i, "title": "…"}, {"event": "output", "text": "…"},
{"event": "done"}, {"event": "failed", "index": i, "error": "…"}. OUTPUT is written also where a cell failed. SIGINT and
SIGTERM end it with the status 130 and 143.
"""

import asyncio
import html
import json
import os
import re
import signal
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parents[2]


def tell(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)


def text_of(output):
    """The text that an output shows, without the tags of HTML."""
    data = output.get("data", {})
    markup = data.get("text/html", "")[:10_000]
    return output.get("text") or data.get("text/plain") or html.unescape(re.sub(r"<[^>]*>", " ", markup))


class TellingClient(NotebookClient):
    """Tells the last line of what a cell shows as soon as it does (a progress bar is updated in place)."""

    def process_message(self, msg, cell, cell_index):
        content = msg["content"]
        if msg["msg_type"] in ("stream", "display_data", "update_display_data"):
            lines = [line for line in text_of(content).replace("\r", "\n").split("\n") if line.strip()]
            if lines:
                tell("output", text=lines[-1].strip()[:200])
        return super().process_message(msg, cell, cell_index)

    stopped_by = signal.SIGINT

    async def async_start_new_kernel(self, **options):
        """Lets signals cancel the running task: nbclient's handlers, set just before, would end in a stack trace."""
        task = asyncio.current_task()

        def stop(number):
            self.stopped_by = number
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
        await super().async_start_new_kernel(**options)


def title_of(cell):
    """The first line of code that is no import, as the cell's name."""
    lines = [line.strip() for line in cell.source.split("\n") if line.strip()]
    return next((line for line in lines if not line.startswith("import ")), lines[0] if lines else "")[:80]


def with_settings(source, settings):
    """The source of a cell with the values of its constants replaced where the settings have them by name."""

    def replaced(match):
        name = match["name"]
        value = json.dumps(settings[name]) if name in settings else match["value"]
        return f"{match['start']}{value};{match['rest']}"

    pattern = r"^(?P<start>const (?P<name>\w+)(?:: [^=]+)? = )(?P<value>.+?);(?P<rest>[ ]*(?://.*)?)$"
    return re.sub(pattern, replaced, source, flags=re.MULTILINE)


def tidy(notebook):
    """Takes out what differs from run to run or machine to machine. What remains is what JupyterLab writes on saving."""
    kernel = notebook.metadata.get("kernelspec", {})
    kernel.pop("path", None)
    info = notebook.metadata.get("language_info", {})
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": info})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            without_root(output)
    return notebook


def without_root(node):
    """Makes paths inside the project relative in every text of an output."""
    for key, value in list(node.items()) if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str) and key != "image/png":
            node[key] = value.replace(f"file://{ROOT}/", "").replace(f"{ROOT}/", "").replace(str(ROOT), ".")
        elif isinstance(value, (dict, list)):
            without_root(value)


def write(notebook, path):
    """Writes beside, then renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(nbformat.writes(tidy(notebook)) + "\n", encoding="utf-8")
    temporary.replace(path)


def main(source, target):
    notebook = nbformat.read(source, as_version=4)
    settings = json.loads(os.environ.get("NOTEBOOK_SETTINGS") or "{}")
    for cell in notebook.cells:
        if "settings" in cell.metadata.get("tags", []):
            cell.source = with_settings(cell.source, settings)
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.source.strip()]
    tell("start", cells=len(code))
    current = {"index": 0}

    def on_start(cell, cell_index):
        current["index"] = code.index(cell_index) + 1
        tell("cell", index=current["index"], title=title_of(cell))

    client = TellingClient(
        notebook,
        kernel_name="tslab",
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(ROOT)}},
        on_cell_execute=on_start,
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError) as error:
        write(notebook, target)
        tell("failed", index=current["index"], error=str(error))
        return 1
    except BaseException as error:
        # The task was ended by a signal: asyncio tells it by an error that is none of Exception's.
        if isinstance(error, Exception):
            raise
        return 128 + client.stopped_by
    write(notebook, target)
    tell("done")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
