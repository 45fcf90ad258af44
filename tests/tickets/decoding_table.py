"""Print, under the tests' results, how many codes each decoder read in each medium and state.

Rows travel as the tests' properties, which pytest-xdist carries to the process that prints.
`tests/conftest.py` imports the hook: pytest looks for it in no deeper folder.
"""

from collections.abc import Callable

import pytest

PROPERTY = "decoding"

RecordProperty = Callable[[str, object], None]


def record_row(record: RecordProperty, *cells: str) -> None:
    """Add a row to the table: medium, state of the picture, then one count per decoder."""
    record(PROPERTY, list(cells))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table if any test added to it."""
    rows = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if not rows:
        return
    terminalreporter.section("QR codes read, by decoder")
    terminalreporter.line(f"{'medium':<12}{'state':<20}{'zxing-cpp':>10}{'zbar':>10}")
    for medium, state, *counts in sorted(rows, key=lambda row: row[0]):
        terminalreporter.line(f"{medium:<12}{state:<20}" + "".join(f"{n:>10}" for n in counts))
