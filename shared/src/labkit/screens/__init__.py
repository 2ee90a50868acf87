"""Real programs with a face: a headless Chromium, and a virtual display. Started for a run, gone with it."""
