// What is known of one species: its curves, what a threshold gives, how far its probabilities can be trusted.
function curveList(species) {
  const sample = (number) => svg("svg", { viewBox: "0 0 30 10", "aria-hidden": "true" }, svg("path", { class: `line${number}`, d: "M0 5H30" }));
  const items = species.curves.map((curve, number) =>
    html(
      "li",
      {},
      sample(number),
      `${curve.title}: AP ${withInterval(curve.average_precision)}, `,
      html("small", {}, `${curve.n_positive} with, ${curve.n_negative} without`),
    ),
  );
  return html("ul", {}, ...items);
}

function reading(species, threshold) {
  const curve = species.curves.find(({ title }) => title.startsWith("Boxes"));
  if (!curve) return html("p", {}, "No curve: it takes confirmed and refuted boxes.");
  const { precision, recall } = atThreshold(curve, threshold);
  const found = Math.round(recall * curve.n_positive);
  return html(
    "p",
    { id: "reading" },
    `At threshold ${threshold.toFixed(2)}: precision ${fixed(precision)}, recall ${fixed(recall)} `,
    html("small", {}, `(${found} of ${curve.n_positive} confirmed boxes found)`),
  );
}

function speciesCard(species, onclick) {
  const average = species.curves[0]?.average_precision;
  return html(
    "button",
    { class: "card", type: "button", "data-species": species.name, "aria-pressed": "false", title: species.name, onclick },
    html("b", {}, species.name),
    thumbnail(species),
    html("span", {}, average ? `AP ${fixed(average.value)}` : "no curve"),
    html("span", {}, `LWLRAP ${fixed(species.lwlrap?.value)}`),
    html("span", {}, `${species.confirmed} yes, ${species.refuted} no`),
  );
}

function thresholdTable(rows) {
  const head = html("tr", {}, ...["Wanted precision", "Threshold", "Precision", "Recall"].map((title) => html("th", { scope: "col" }, title)));
  const body = rows.map((row) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, fixed(row.wanted_precision, 2)),
      html("td", {}, fixed(row.threshold)),
      html("td", {}, row.precision === null ? row.note || "\u2013" : `${fixed(row.precision)} [${fixed(row.low)}, ${fixed(row.high)}]`),
      html("td", {}, `${fixed(row.recall)}`, " ", html("small", {}, row.note && row.precision !== null ? row.note : `n=${row.n}`)),
    ),
  );
  return html("div", { class: "scroll" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)));
}

function speciesPanel(species, threshold) {
  const left = html("div", {}, precisionRecall(species, threshold));
  const right = html("div", {}, html("h4", {}, "Average precision"), curveList(species), reading(species, threshold));
  right.append(
    html("p", {}, html("small", {}, `LWLRAP out of fold ${withInterval(species.lwlrap)}${species.test_lwlrap ? `, test ${withInterval(species.test_lwlrap)}` : ""}`)),
  );
  if (species.thresholds?.length) right.append(html("h4", {}, "Thresholds"), thresholdTable(species.thresholds));
  return [html("h3", {}, species.name), left, right];
}
