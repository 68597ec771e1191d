"""The laptop: judged, and looked at."""
