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
    html("span", {}, `${data.headline} ${fixed(species.oof?.value)}`),
    html("span", {}, `${species.confirmed} yes, ${species.refuted} no`),
  );
}

// Of recordings that were reviewed and do not hold the species.
function alarms(row) {
  if (row.alarms_an_hour === null || row.alarms_an_hour === undefined) return ["not known"];
  const [value, low, high] = [row.alarms_an_hour, row.alarms_low, row.alarms_high].map((one) => Number(one.toPrecision(2)).toString());
  return [value, html("small", {}, ` [${low}, ${high}] in ${fixed(row.empty_hours, 2)} h`)];
}

function thresholdTable(species, use) {
  const head = html("tr", {}, ...["Wanted", "Threshold", "Precision", "Recall", "False alarms an hour"].map((title) => html("th", { scope: "col" }, title)));
  const body = species.thresholds.flatMap((row) => {
    const label = `Use the threshold ${fixed(row.threshold)} of ${species.name}`;
    const figures = html(
      "tr",
      {},
      html("th", { scope: "row" }, fixed(row.wanted_precision, 2)),
      html("td", {}, html("button", { class: "button", type: "button", "aria-label": label, onclick: () => use(row.threshold) }, fixed(row.threshold))),
      html("td", {}, fixed(row.precision), html("small", {}, row.precision === null ? "" : `[${fixed(row.low)}, ${fixed(row.high)}] n=${row.n}`)),
      html("td", {}, fixed(row.recall)),
      html("td", {}, ...alarms(row)),
    );
    return row.note ? [figures, html("tr", { class: "note" }, html("td", { colspan: 5 }, html("small", {}, row.note)))] : [figures];
  });
  return html("div", { class: "scroll" }, html("table", {}, html("thead", {}, head), html("tbody", {}, ...body)));
}

function speciesPanel(species, threshold, use) {
  const left = html("div", {}, precisionRecall(species, threshold));
  const right = html("div", {}, html("h4", {}, "Average precision"), curveList(species), reading(species, threshold));
  const test = species.test ? `, test ${withInterval(species.test)}` : "";
  right.append(html("p", {}, html("small", {}, `${data.headline} out of fold ${withInterval(species.oof)}${test}`)));
  const parts = [html("h3", {}, species.name), left, right];
  if (species.thresholds?.length)
    parts.push(html("div", {}, html("h4", {}, "Thresholds for a wanted precision"), thresholdTable(species, use), calibrationNote(species)));
  return parts;
}

function calibrationNote(species) {
  const error = Object.fromEntries((species.reliability ?? []).map((row) => [row.stage, row]));
  const [line] = species.calibration ?? [];
  const parts = [];
  if (error.before && error.after)
    parts.push(`Expected calibration error ${fixed(error.before.error)} before, ${fixed(error.after.error)} after.`);
  if (line) parts.push(`Calibrated by ${line.n_positive} confirmed and ${line.n_negative} refuted examples${line.note ? ` (${line.note})` : ""}.`);
  return html("p", {}, html("small", {}, parts.join(" ")));
}

if (byId("reliability")) {
  const overall = Object.fromEntries(data.reliability.filter((row) => row.bin === null).map((row) => [row.stage, row]));
  const words = (stage) => `${stage} ${fixed(overall[stage].error)} [${fixed(overall[stage].low)}, ${fixed(overall[stage].high)}]`;
  byId("reliability").append(
    html("div", {}, reliabilityDiagram(data.reliability)),
    html(
      "div",
      {},
      html("h4", {}, "How far probabilities keep their word"),
      html("p", { id: "calibration-error" }, `Expected calibration error: ${words("before")}, ${words("after")}.`),
      html("p", {}, html("small", {}, "Of what is called 80 % likely, 80 % should be confirmed: points on the diagonal. Hollow and dashed: the networks' own probabilities. Full: calibrated, each fold by the others, with 95 % intervals.")),
    ),
  );
}
