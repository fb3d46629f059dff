// Precision-recall curves and reliability diagrams.
const AT = { left: 42, right: 12, top: 10, bottom: 40, width: 320, height: 250 };
const across = (value) => AT.left + value * (AT.width - AT.left - AT.right);
const upward = (value) => AT.height - AT.bottom - value * (AT.height - AT.top - AT.bottom);

// A step from each point to the next: the precision of a threshold holds for the recall that it gains.
function steps(curve, x, y) {
  let path = "";
  curve.recall.forEach((recall, index) => {
    path += `${index ? "V" : `M${x(0).toFixed(1)} `}${y(curve.precision[index]).toFixed(1)}H${x(recall).toFixed(1)}`;
  });
  return path;
}

function axes(chart, xName, yName) {
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    chart.append(
      svg("line", { class: "axis", x1: across(share), x2: across(share), y1: upward(0), y2: upward(1) }),
      svg("line", { class: "axis", x1: across(0), x2: across(1), y1: upward(share), y2: upward(share) }),
      svg("text", { x: across(share), y: upward(0) + 15, "text-anchor": "middle" }, String(share)),
      svg("text", { x: across(0) - 6, y: upward(share) + 4, "text-anchor": "end" }, String(share)),
    );
  }
  chart.append(
    svg("text", { x: across(0.5), y: AT.height - 6, "text-anchor": "middle" }, xName),
    svg("text", { x: 11, y: upward(0.5), "text-anchor": "middle", transform: `rotate(-90 11 ${upward(0.5)})` }, yName),
  );
}

// What a threshold gives: the last point whose own threshold is not below it.
function atThreshold(curve, threshold) {
  const last = curve.threshold.findLastIndex((value) => value >= threshold);
  return last < 0 ? { precision: null, recall: 0 } : { precision: curve.precision[last], recall: curve.recall[last] };
}

function precisionRecall(species, threshold) {
  const label = `Precision-recall curves of ${species.name}`;
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${AT.width} ${AT.height}`, role: "img", "aria-label": label });
  axes(chart, "Recall", "Precision");
  species.curves.forEach((curve, number) => {
    chart.append(svg("path", { class: `line${number}`, d: steps(curve, across, upward) }));
  });
  const found = species.curves.length ? atThreshold(species.curves[0], threshold) : null;
  if (found && found.precision !== null && species.curves[0].title.startsWith("Boxes"))
    chart.append(svg("circle", { class: "dot", cx: across(found.recall), cy: upward(found.precision), r: 5.5 }));
  return chart;
}

// How often what was called so likely was true: before (hollow) and after calibration.
function reliabilityDiagram(rows) {
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${AT.width} ${AT.height}`, role: "img", "aria-label": "Reliability diagram" });
  axes(chart, "Probability", "Share confirmed");
  chart.append(svg("line", { class: "ideal", x1: across(0), y1: upward(0), x2: across(1), y2: upward(1) }));
  for (const stage of ["before", "after"]) {
    const bins = rows.filter((row) => row.stage === stage && row.bin !== null);
    const path = bins.map((row, at) => `${at ? "L" : "M"}${across(row.probability).toFixed(1)} ${upward(row.frequency).toFixed(1)}`).join("");
    chart.append(svg("path", { class: stage === "after" ? "line0" : "line1", d: path }));
    for (const row of bins) {
      const x = across(row.probability);
      if (stage === "after") chart.append(svg("line", { class: "line0 thin", x1: x, x2: x, y1: upward(row.low), y2: upward(row.high) }));
      chart.append(svg("circle", { class: stage === "after" ? "dot" : "ring", cx: x, cy: upward(row.frequency), r: 4 }));
    }
  }
  return chart;
}

function thumbnail(species) {
  const chart = svg("svg", { viewBox: "-1 -1 102 52", preserveAspectRatio: "none", "aria-hidden": "true" });
  species.curves.slice(0, 3).forEach((curve, number) => {
    chart.append(svg("path", { class: `line${number}`, d: steps(curve, (x) => 100 * x, (y) => 50 - 50 * y) }));
  });
  return chart;
}
