"""Keep the promise that data goes away by itself."""
