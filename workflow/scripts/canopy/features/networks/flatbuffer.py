"""What a `.tflite` file holds, read without any library, and the same file with another output.

The format is a FlatBuffer (https://flatbuffers.dev/internals) of TensorFlow Lite's schema (`schema.fbs`): tables whose
fields are found by number, with little-endian numbers.
"""

import struct
from dataclasses import dataclass

from canopy.config.pretrained import FRAMES, OUTPUT
from canopy.runtime.errors import CanopyError

IDENTIFIER = b"TFL3"
AVERAGE_POOL_2D, FULLY_CONNECTED, RESHAPE, MEAN, SQUEEZE, BATCH_MATMUL = 1, 9, 22, 40, 43, 126
"""Numbers of operators in the schema."""
FLOAT32 = 0
UNREADABLE = (struct.error, IndexError, UnicodeDecodeError, OverflowError)


class Table:
    """A table in a buffer.

    Parameters
    ----------
    data : bytes
    at : int
        Where it begins.
    """

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self._fields = at - self._number("<i", at)
        self._size = self._number("<H", self._fields)

    def _number(self, form: str, at: int) -> int:
        if at < 0:
            raise IndexError(at)
        return int(struct.unpack_from(form, self.data, at)[0])

    def _place(self, field: int) -> int:
        slot = 4 + 2 * field
        offset = self._number("<H", self._fields + slot) if slot < self._size else 0
        return self.at + offset if offset else 0

    def scalar(self, field: int, form: str) -> int:
        """Return a number; 0 where it is left out."""
        place = self._place(field)
        return self._number(form, place) if place else 0

    def vector(self, field: int) -> tuple[int, int]:
        """Return where a vector's first entry is, and how many it has."""
        place = self._place(field)
        if not place:
            return 0, 0
        start = place + self._number("<I", place)
        return start + 4, self._number("<I", start)

    def integers(self, field: int) -> tuple[int, ...]:
        """Return a vector of 32-bit numbers."""
        start, length = self.vector(field)
        return struct.unpack_from(f"<{length}i", self.data, start) if length else ()

    def tables(self, field: int) -> list["Table"]:
        """Return a vector of tables."""
        start, length = self.vector(field)
        places = range(start, start + 4 * length, 4)
        return [Table(self.data, place + self._number("<I", place)) for place in places]

    def text(self, field: int) -> str:
        """Return a string."""
        start, length = self.vector(field)
        return self.data[start : start + length].decode("utf-8")


@dataclass(frozen=True)
class Tensor:
    """A tensor: its names (those of operators that were fused into one), shape (-1: any length) and type."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    type: int


@dataclass(frozen=True)
class Operator:
    """An operator: its number in the schema, and the numbers of its inputs' and outputs' tensors."""

    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Graph:
    """The first graph of a `.tflite` file.

    Parameters
    ----------
    path : str
        For messages.
    data : bytes
        The file.

    Raises
    ------
    CanopyError
        It is no such file, or damaged.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data = path, data
        if data[4:8] != IDENTIFIER:
            raise CanopyError(f"{path} is no TensorFlow Lite network (it begins with {data[:8]!r}); fetch it again")
        try:
            self._read()
        except UNREADABLE as error:
            raise CanopyError(f"{path} is damaged: its graph cannot be read ({error}); fetch it again") from None

    def _read(self) -> None:
        root = Table(self.data, struct.unpack_from("<I", self.data, 0)[0])
        codes = [max(table.scalar(0, "<b"), table.scalar(3, "<i")) for table in root.tables(1)]
        graph = root.tables(2)[0]
        self.tensors = [_tensor(table) for table in graph.tables(0)]
        self.inputs, self.outputs = graph.integers(1), graph.integers(2)
        self.operators = [
            Operator(codes[table.scalar(0, "<I")], table.integers(1), table.integers(2)) for table in graph.tables(3)
        ]
        self._output_at, _ = graph.vector(2)

    def layer(self, name: str | None) -> int:
        """Return the number of a layer's tensor, as `layer:` of the configuration names it.

        Raises
        ------
        CanopyError
            There is none.
        """
        if name == OUTPUT and len(self.outputs) == 1:
            return self.outputs[0]
        if name is not None and name != FRAMES:
            found = [number for number, tensor in enumerate(self.tensors) if name in tensor.names]
            if len(found) == 1:
                return found[0]
            several = f"{len(found)} layers" if found else "no layer"
            raise CanopyError(f"{self.path} has {several} of the name {name!r}; {self._some()}")
        dense = [one for one in self.operators if one.code in (FULLY_CONNECTED, BATCH_MATMUL)]
        if not dense:
            raise CanopyError(f"{self.path} has no dense layer, whose input would be the embedding; {self._some()}")
        seen = dense[-1].inputs[0]
        return seen if name is None else self._averaged(seen)

    def _averaged(self, number: int) -> int:
        """Return what is averaged over time to become a tensor."""
        maker = next((one for one in self.operators if number in one.outputs), None)
        if maker is not None and maker.code in (RESHAPE, SQUEEZE):
            return self._averaged(maker.inputs[0])
        if maker is None or maker.code not in (MEAN, AVERAGE_POOL_2D):
            raise CanopyError(
                f"{self.path}: what its last dense layer sees is no average over time, so that `layer: {FRAMES}` has "
                f"no meaning; {self._some()}"
            )
        return maker.inputs[0]

    def _some(self) -> str:
        made = [number for one in self.operators[-12:] for number in one.outputs]
        return f"name another `layer:`; its last ones are {', '.join(self.tensors[number].names[0] for number in made)}"

    def with_output(self, number: int) -> bytes:
        """Return the same file with one tensor for its only output.

        So it can be read after a run without all others being kept, which costs a third more time.
        """
        changed = bytearray(self.data)
        struct.pack_into("<Ii", changed, self._output_at - 4, 1, number)
        return bytes(changed)


def _tensor(table: Table) -> Tensor:
    shape = table.integers(7) or table.integers(0)  # the signature's, with -1 where a length is free
    return Tensor(tuple(table.text(3).split(";")), shape, table.scalar(1, "<b"))
