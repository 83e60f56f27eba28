"""Numbers, small ones.

Nothing more.
"""
