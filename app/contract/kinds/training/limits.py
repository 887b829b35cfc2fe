"""Every bound of a training's parameters."""

MAX_STEPS = 200_000
MIN_CROP, MAX_CROP = 64, 512
MAX_BATCH = 64
MIN_LEARNING_RATE, MAX_LEARNING_RATE = 1e-5, 0.1
