"""Reading tables that people hand in: every complaint names the file, the line and the fix.

`decoding` turns a file into text (`spreadsheet` a workbook of Excel), `cells` text into a header and rows, whatever
separates them, `numbers` cells into numbers, `reading` does it all for a table of known columns. `complaints` gathers
what is wrong, so that a user sees it together.
"""

from canopy.runtime.input_tables.cells import Cells, cells_of, header_of
from canopy.runtime.input_tables.complaints import Complaints
from canopy.runtime.input_tables.decoding import FETCH, decode
from canopy.runtime.input_tables.numbers import decimal_commas, number, numbers, seconds
from canopy.runtime.input_tables.reading import check_ids, id_problem, read_ids, read_text

__all__ = [
    "FETCH",
    "Cells",
    "Complaints",
    "cells_of",
    "check_ids",
    "decimal_commas",
    "decode",
    "header_of",
    "id_problem",
    "number",
    "numbers",
    "read_ids",
    "read_text",
    "seconds",
]
