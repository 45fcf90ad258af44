"""Remember who did, read or exported what."""
