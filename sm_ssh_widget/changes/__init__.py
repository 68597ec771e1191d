"""Plans, journals and undo. Pure: a plan is data; :mod:`sm_ssh_widget.aws.applying` applies it."""
