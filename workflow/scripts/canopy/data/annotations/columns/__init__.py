"""What the columns of people's tables are called, and what they say.

`names` holds the names that are known and the words that others are suspected by, `header` finds in a table's header
which column tells what and stops at one that it may not leave aside, `table` reads the cells of what was found. Nothing is
imported here.
"""
