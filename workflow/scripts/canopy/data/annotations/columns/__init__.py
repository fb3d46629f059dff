"""What the columns of people's tables are called, and what they say.

`names` holds the names that are known, `suspects` the words by which others are suspected to matter; `header` finds in
a table's header which column tells what and stops at one that may not be left aside; `table` reads the cells. Nothing
is imported here.
"""
