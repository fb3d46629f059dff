// Tables whose rows stand in the page are sorted by a click on a column's title.
for (const button of document.querySelectorAll("table.sortable thead button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const number = head.classList.contains("number");
    const order = nextOrder(head, number);
    const sign = order === "ascending" ? 1 : -1;
    const value = (row) => row.cells[column].getAttribute("data-value");
    const rows = Array.from(body.rows).sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return sign * (number ? Number(x) - Number(y) : inOrder(x, y));
    });
    body.append(...rows);
  });
}

// The order that a click on a column's title asks for; the title then says so.
function nextOrder(head, number) {
  const before = head.getAttribute("aria-sort");
  const order = before === null ? (number ? "descending" : "ascending") : before === "ascending" ? "descending" : "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  return order;
}
