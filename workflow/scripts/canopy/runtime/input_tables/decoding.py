"""From a file to its text."""

import codecs
import io
import os

from canopy.runtime.errors import CanopyError
from canopy.runtime.input_tables.spreadsheet import OLD_WORKBOOK, ZIPPED, old_workbook, workbook_text

FETCH = (
    "fetch the dataset with `snakemake download --cores 1 --configfile configs/rfcx.yaml`, "
    "or point to a folder that holds it with `--config data=FOLDER`"
)


def decode(path: str | os.PathLike[str], *, fix: str = FETCH, empty: bool = False) -> str:
    """Return the text of a UTF-8 file, without byte order mark; of a workbook of Excel, its table as CSV.

    Raises
    ------
    CanopyError
        The file is missing, neither UTF-8 nor a workbook or, unless `empty` allows that, empty.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read()
    except (FileNotFoundError, NotADirectoryError):
        raise CanopyError(f"there is no table {path}: {fix}") from None
    except (IsADirectoryError, PermissionError) as error:
        raise CanopyError(f"{path} cannot be read as a table ({error.strerror}): {fix}") from error
    if data.startswith(OLD_WORKBOOK):
        raise old_workbook(path)
    if data.startswith(ZIPPED):
        return workbook_text(io.BytesIO(data), path)
    if not (empty or data.removeprefix(codecs.BOM_UTF8).strip()):
        raise CanopyError(f"{path} is empty: {fix}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CanopyError(
            f"{path}, line {line}, is not UTF-8 (byte {data[error.start : error.start + 1]!r}): "
            "save the table as UTF-8 (in a spreadsheet, `CSV UTF-8`)"
        ) from error
    if "\0" in text:
        raise CanopyError(f"{path} is not UTF-8 text (it holds zero bytes): save the table as UTF-8")
    return text
