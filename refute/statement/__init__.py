"""What a paper writes: records of statements, instances and comparisons, with no behaviour of an audit."""
