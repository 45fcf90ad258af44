"""Run the command line as « python -m conf_app »."""

from conf_app.cli import main

main()
