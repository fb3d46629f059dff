// Elements from a tag, attributes, and children; text is never read as markup.
const element = (namespace) => (tag, attributes = {}, ...children) => {
  const made = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const html = element("http://www.w3.org/1999/xhtml");
const svg = element("http://www.w3.org/2000/svg");
const byId = (id) => document.getElementById(id);
const fixed = (value, digits = 3) => (value === null || value === undefined ? "\u2013" : value.toFixed(digits));
const withInterval = (figures) =>
  figures ? `${fixed(figures.value)} ${figures.low === null ? "[no interval]" : `[${fixed(figures.low)}, ${fixed(figures.high)}]`}` : "\u2013";
const inOrder = (x, y) => x.localeCompare(y, "en", { numeric: true });
const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const options = (select, values) => select.append(...values.map(([value, text]) => html("option", { value }, text)));
