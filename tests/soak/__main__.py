"""Soak the site on one database or both, print what happened, and fail if the books disagree."""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from conf_app.migrating import upgrade
from tests.bench.sites import settings
from tests.load.databases import NewDatabase, postgres, sqlite
from tests.load.site import database_of
from tests.soak.soak import Plan, soak

SHOWN = 40
"""How many disagreements are printed."""


def main() -> None:
    """Run what is asked for; exit with 1 if something does not agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="both if not named")
    parser.add_argument("--minutes", type=float, default=3.0, help="on each database")
    parser.add_argument("--people", type=int, default=2000, help="attendees")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    plan = Plan(asked.people, asked.minutes * 60, asked.seed)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it tells of each line that was cut
    print(f"seed {plan.seed}", flush=True)
    told: dict[str, Counter[str]] = {}
    agrees = True
    with tempfile.TemporaryDirectory(prefix="conf-soak-") as name:
        folder = Path(name)
        for kind, database in (("sqlite", sqlite(folder)), ("postgresql", postgres())):
            if asked.database in {None, kind}:
                with database as new_database:
                    told[kind], agreed = _soak(kind, new_database, folder, plan)
                    agrees &= agreed
    print(_table(told))
    print(f"load {os.getloadavg()[0]:.1f}; the same again: --seed {plan.seed}")
    if not agrees:
        sys.exit(f"What people were told and the books disagree: see above, seed {plan.seed}.")
    print("What people were told is what the books say, to the last row.")


def _soak(
    kind: str, new_database: NewDatabase, folder: Path, plan: Plan
) -> tuple[Counter[str], bool]:
    made = settings(new_database(), folder)
    with database_of(made) as app:
        upgrade(app)
    begun = time.monotonic()
    outcome = soak(made, folder, plan, lambda words: _say(f"{kind}: {words}"))
    outcome.figures["seconds in all"] = round(time.monotonic() - begun)
    _say("")
    for line in outcome.disagreements[:SHOWN]:
        print(f"{kind}: {line}", file=sys.stderr)
    if len(outcome.disagreements) > SHOWN:
        print(f"{kind}: and {len(outcome.disagreements) - SHOWN} more", file=sys.stderr)
    return outcome.figures, not outcome.disagreements


def _table(told: dict[str, Counter[str]]) -> str:
    names = list(dict.fromkeys(name for figures in told.values() for name in figures))
    width = max(map(len, names))
    lines = [f"{'':{width}}" + "".join(f"{kind:>12}" for kind in told)]
    lines += [
        f"{name:{width}}" + "".join(f"{figures[name]:>12}" for figures in told.values())
        for name in names
    ]
    return "\n".join(lines)


def _say(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
