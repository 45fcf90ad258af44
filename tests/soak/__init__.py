"""Let hundreds of people do all they can at once, for minutes, while things break: then count."""
