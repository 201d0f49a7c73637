// Numbers as text, elements, axes, and the places of dots.

function number(value) {
  if (!Number.isFinite(value)) return "–";
  const text = Number(value.toPrecision(3));
  return Math.abs(text) >= 1e-3 || text === 0 ? String(text) : text.toExponential();
}

const told = ({ value, low, high }) =>
  number(value) + (low < high ? ` [${number(low)}, ${number(high)}]`
    : Number.isFinite(low) ? "" : " (too few networks for an interval)");

function el(name, attributes = {}, ...children) {
  const drawn = /^(svg|g|rect|line|path|circle|text|title)$/.test(name);
  const made = drawn ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

// Round steps for an axis of this width.
function stepOf(width, pieces) {
  const rough = width / pieces, size = 10 ** Math.floor(Math.log10(rough));
  return size * [1, 2, 5, 10].find((times) => times * size >= rough);
}

function domainOf(values) {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const edge = (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  return [low - edge, high + edge];
}

// Where dots go that must not hide each other: stacked, and those of one value in a block around it.
function swarm(xs, radius, width) {
  const step = 2 * radius + 1, deep = Math.max(4, Math.ceil(Math.sqrt(xs.length) / 1.3));
  const last = new Array(deep).fill(-Infinity), placed = [];
  const order = xs.map((_, i) => i).sort((a, b) => xs[a] - xs[b]);
  for (let k = 0; k < order.length;) {
    const first = xs[order[k]];
    const same = order.slice(k).findIndex((i) => xs[i] - first >= 1);
    const end = same < 0 ? order.length : k + same;
    const block = step * (Math.ceil((end - k) / deep) - 1);
    const wanted = Math.max(step, Math.min(first - block / 2, width - step - block));
    for (; k < end; k++) {
      const free = last.findIndex((x) => x + step <= wanted);
      const row = free < 0 ? last.indexOf(Math.min(...last)) : free;
      last[row] = Math.max(wanted, last[row] + step);
      placed[order[k]] = { x: last[row], row };
    }
  }
  return placed;
}

// What sets the groups of a part apart, e.g. "strength=1" and "strength=0" of networks "strength=1,seed0" and so on.
function namesOf(groups) {
  if (groups.length === 1) return [""];
  const words = groups.map(({ networks }) => networks.map((network) => network.split(",").slice(0, -1))
    .reduce((all, some) => all.filter((word) => some.includes(word))));
  const apart = words.map((some) => some.filter((word) => !words.every((each) => each.includes(word))));
  return apart.map((some, g) => some.join(",") || `group ${g + 1}`);
}
