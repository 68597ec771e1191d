"""The front end of the wizard without a kernel and without a browser: its components, and its types of the view."""
