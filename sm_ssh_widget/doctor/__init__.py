"""The laptop of the person who connects: what is installed and set there, and what SSH Helper needs of it.

``observed`` holds what was found, ``judge`` decides about it without looking at anything, ``probing`` looks at this
machine. What only AWS can answer (the clock, the identity, the tags of a node) comes from ``aws.laptop``.
"""
