"""What `python -m benchmarks.fuzz` tries: functions, files, links; and how it makes their cases."""
