"""What students hand in: right solutions in many styles, and mutants with the name of their bug."""
