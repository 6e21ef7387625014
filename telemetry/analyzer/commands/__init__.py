"""One module for each command, imported when it runs; ``run`` takes the parsed arguments, gives the exit code."""
