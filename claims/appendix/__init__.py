"""Appendix: what is told beside the claims, the list of pictures, a report on data, and the width table."""
