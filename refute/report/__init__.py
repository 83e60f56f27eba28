"""Reports of an audit: the terminal table, the page, the plots, and the form that the evidence must have."""
