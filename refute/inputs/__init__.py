"""What is read: the paper in a folder, somebody's data files, and the hashes of sources."""
