"""How evidence is gathered: seeds from instances, sequential tests of trials, and a search."""
