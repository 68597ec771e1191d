"""Run the command line as ``python -m sm_ssh_widget``, where no script was installed on ``PATH``."""

from sm_ssh_widget.cli import main

main()
