// The held-out recordings as a table that can be searched, filtered and sorted; a hundred rows at a time.
{
  const ROWS = 100;
  const columns = [
    ["Recording", false, (one) => one.recording, (one) => one.recording],
    ["Fold", true, (one) => one.fold, (one) => String(one.fold)],
    ["Length", true, (one) => one.duration, (one) => `${one.duration.toFixed(1)} s`],
    ["LRAP", true, (one) => one.lrap, (one) => fixed(one.lrap)],
    ["Confirmed", true, (one) => one.confirmed.length, (one) => html("span", { class: "yes" }, one.confirmed.join(", "))],
    ["Refuted", true, (one) => one.refuted.length, (one) => html("span", { class: "no" }, one.refuted.join(", "))],
    ["Scores highest", true, (one) => one.highest[0][1], (one) => one.highest.map(([name, score]) => `${name} ${score.toFixed(2)}`).join(", ")],
  ];
  const wanted = { text: "", fold: "", species: "", column: 0, sign: 1, rows: ROWS };
  const table = byId("recordings-table");
  const show = () => {
    const [, , value] = columns[wanted.column];
    const found = data.recordings
      .filter(
        (one) =>
          one.recording.toLowerCase().includes(wanted.text) &&
          (wanted.fold === "" || one.fold === Number(wanted.fold)) &&
          (!wanted.species || one.confirmed.includes(wanted.species) || one.refuted.includes(wanted.species)),
      )
      .sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        return wanted.sign * (x < y ? -1 : x > y ? 1 : 0);
      });
    const shown = found.slice(0, wanted.rows);
    table.tBodies[0].replaceChildren(
      ...shown.map((one) =>
        html("tr", {}, ...columns.map(([, number, , cell], at) => html(at ? "td" : "th", { scope: at ? null : "row", class: number && at < 4 ? "number" : null }, cell(one)))),
      ),
    );
    byId("recordings-status").textContent = `${shown.length} of ${found.length} recordings shown.`;
    byId("recordings-more").hidden = shown.length === found.length;
  };
  if (table) {
    table.tHead.append(
      html(
        "tr",
        {},
        ...columns.map(([title, number], column) => {
          const head = html("th", { scope: "col", class: number && column < 4 ? "number" : null });
          const sort = () => {
            wanted.column = column;
            wanted.sign = nextOrder(head, number) === "ascending" ? 1 : -1;
            show();
          };
          head.append(html("button", { type: "button", onclick: sort }, title));
          return head;
        }),
      ),
    );
    options(byId("recordings-fold"), [["", "all"], ...Array.from({ length: data.folds }, (_, fold) => [String(fold), String(fold)])]);
    options(byId("recordings-species"), [["", "all"], ...data.species.map(({ name }) => [name, name])]);
    for (const name of ["text", "fold", "species"])
      byId(`recordings-${name}`).addEventListener("input", (event) => {
        wanted[name] = name === "text" ? event.target.value.trim().toLowerCase() : event.target.value;
        wanted.rows = ROWS;
        show();
      });
    byId("recordings-more").addEventListener("click", () => {
      wanted.rows = Infinity;
      show();
    });
    show();
  }
}
