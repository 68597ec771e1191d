"""The version of this program, in one place: the package's metadata and every bundle take it from here."""

VERSION = "0.1.0"
