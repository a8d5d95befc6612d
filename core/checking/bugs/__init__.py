"""What goes wrong in this kind of code, each as a variation that can be run and compared."""
