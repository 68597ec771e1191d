"""The interface in a notebook: pure screens and steps, one anywidget, and a plain view in core ipywidgets."""
