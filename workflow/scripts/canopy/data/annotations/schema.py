"""The schema of the canonical tables: what every reader's result must satisfy before it is written.

A reader's own checks speak of the user's file and line; these speak of the table, and stand between a
new reader and all that is built on its result. pandera takes a second to import: no Snakefile does.
"""

import pandas as pd
import pandera.pandas as pa

from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.reading import id_problem

_ID = pa.Check(lambda ids: ids.map(lambda one: not id_problem(one)), error="recording_id is a path or empty")

ANNOTATIONS = pa.DataFrameSchema(
    {
        "recording_id": pa.Column(str, _ID),
        "species": pa.Column(str, pa.Check.str_length(min_value=1)),
        "songtype": pa.Column("int64", pa.Check.ge(-1)),
        "onset_s": pa.Column("float64", pa.Check.ge(0)),
        "offset_s": pa.Column("float64"),
        "low_hz": pa.Column("float64", pa.Check.ge(0), nullable=True),
        "high_hz": pa.Column("float64", nullable=True),
        "polarity": pa.Column("int8", pa.Check.isin([1, -1])),
    },
    checks=[
        pa.Check(lambda rows: rows["offset_s"] > rows["onset_s"], error="offset_s must be greater than onset_s"),
        pa.Check(lambda rows: ~(rows["high_hz"] <= rows["low_hz"]), error="high_hz must be greater than low_hz"),
    ],
    strict=True,
    ordered=True,
    name="annotations",
)

TRAIN_RECORDINGS = pa.DataFrameSchema(
    {
        "recording_id": pa.Column(str, _ID, unique=True),
        "reviewed": pa.Column(str, pa.Check.isin(["none", "all", "some"])),
        "species": pa.Column(str),
    },
    checks=pa.Check(
        lambda rows: (rows["reviewed"] == "some") == (rows["species"] != ""),
        error="species are listed where, and only where, reviewed is `some`",
    ),
    strict=True,
    ordered=True,
    name="train_recordings",
)

CLASSES = pa.DataFrameSchema(
    {"species": pa.Column(str, pa.Check.str_length(min_value=1), unique=True)}, strict=True, name="classes"
)


def check_table(table: pd.DataFrame, schema: pa.DataFrameSchema) -> None:
    """Check a table against one of this module's schemas.

    Raises
    ------
    CanopyError
        Naming the table, and the first few values that break it with their recordings.
    """
    try:
        schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        shown = [
            f"  {_place(table, case.index)}{case.column}: {case.check}"
            for case in cases.drop_duplicates(["column", "check", "index"]).head(10).itertuples()
        ]
        raise CanopyError(
            f"{len(cases)} values of the table of {schema.name} cannot be right, and the reader of the annotations let "
            "them through. This is a fault of Canopy: please report it, with the annotation file that names these "
            "recordings. Without that file the run goes on.\n" + "\n".join(shown)
        ) from error


def _place(table: pd.DataFrame, row: float | None) -> str:
    """Return the recording of a row; nothing where there is none."""
    if "recording_id" not in table or row is None or pd.isna(row):
        return ""
    return f"recording {table['recording_id'].loc[int(row)]}, "
