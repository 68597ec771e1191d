"""``python -m sm_ssh_widget.simulator``: run the simulated account."""

from sm_ssh_widget.simulator.command import main

raise SystemExit(main())
