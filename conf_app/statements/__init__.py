"""Say in public what is done with people's data, how the site is reached, run and weighed."""
