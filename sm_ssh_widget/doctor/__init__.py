"""Doctor: check the laptop of the person who connects against SSH Helper's needs.

``probing`` inspects this machine, ``observed`` holds the result, ``judge`` assesses it without I/O. ``aws.laptop``
reads what only AWS knows: the time, the identity, the tags of a node.
"""
