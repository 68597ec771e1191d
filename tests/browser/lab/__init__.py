"""The launcher tile and its tab, on the oldest and the newest JupyterLab that are supported."""
