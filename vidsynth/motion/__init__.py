"""Motion as numbers: key frames, paths, affines, masks, and what follows from them. No pixels."""
