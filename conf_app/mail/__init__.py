"""Queue, compose and deliver messages."""
