"""Hold, import and publish the events and their programmes."""
