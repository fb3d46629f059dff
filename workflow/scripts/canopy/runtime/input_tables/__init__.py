"""Reading tables that people hand in: every complaint names the file, the line and the fix.

`decoding` turns a file into text (`spreadsheet` a workbook of Excel), `cells` text into a header and rows, whatever
separates them, `numbers` cells into numbers, `reading` does it all for a table of known columns. `complaints` gathers
what is wrong, so that a user sees it together. Nothing is imported here.
"""
