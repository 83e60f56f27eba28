"""Width: how many neurons suffice, and where joint training needs fewer."""
