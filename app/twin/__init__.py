"""The static twin: the chapters as a folder for any web host, computed in the browser."""
