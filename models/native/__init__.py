"""What is compiled: the training loop and the sums over neurons, in C++, with its build."""
