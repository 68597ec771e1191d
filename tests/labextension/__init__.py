"""The bundle: built from the sources, shipped in the wheel, installed without Node.js."""
