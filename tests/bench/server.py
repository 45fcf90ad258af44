"""Run the web server of an installation, with the page to compare others with."""

import os

from conf_app.serve import run_web
from conf_app.settings import Settings

if __name__ == "__main__":
    run_web(Settings.from_environ(os.environ), "tests.bench.app:app")
