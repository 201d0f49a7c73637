// The networks of a claim as dots, its interval and its threshold, and what a reader changes of them.
const RADIUS = 4, MANY = 100, MARGIN = 16, LINE = 20; // of dots and lines, in pixels; so many dots are smaller
const SIGNS = { "replicated": "✓", "not replicated": "✗", "inconclusive": "?" };

class Plot {
  constructor(article, claim) {
    this.claim = claim;
    this.article = article;
    this.recorded = { value: claim.value, low: claim.low ?? NaN, high: claim.high ?? NaN };
    this.verdict = article.dataset.verdict;
    this.statistics = [...new Set(claim.parts.map((part) => part.statistic))];
    this.count = Math.max(0, ...claim.parts.flatMap((part) => part.groups.map((group) => group.values.length)));
    this.picture = el("svg", { role: "group", "aria-label": `Networks and threshold of ${article.dataset.id}` });
    this.result = el("p", { class: "yours", role: "status", hidden: true });
    article.querySelector(".plot").append(el("p", { class: "quantity" }, claim.quantity), this.picture, this.result);
    article.querySelector(".controls").append(this.controls());
    this.picture.addEventListener("click", (event) => this.choose(event));
    this.picture.addEventListener("pointerdown", (event) => this.press(event));
    this.picture.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.picture.addEventListener(end, () => this.release());
    this.picture.addEventListener("keydown", (event) => this.key(event));
    this.reset();
  }

  reset() {
    this.region = { ...this.claim.region };
    this.how = "";
    this.out = new Set(); // "group/network"
    this.update();
  }

  get changed() {
    const moved = ["low", "high"].some((end) => this.region[end] !== this.claim.region[end]);
    return moved || this.out.size > 0 || this.how !== "";
  }

  controls() {
    const box = el("details", {}, el("summary", {}, "Change by numbers"));
    this.inputs = {};
    for (const [end, title] of [["low", "Threshold, lower end"], ["high", "Threshold, upper end"]]) {
      if (this.claim.region[end] === null) continue;
      const input = el("input", { type: "number", step: "any" });
      input.addEventListener("input", () => { if (input.value !== "") this.move(end, Number(input.value)); });
      this.inputs[end] = input;
      box.append(el("label", {}, title, input));
    }
    const shown = this.statistics.length === 1 ? this.statistics[0] : "";
    const choices = {
      median: { "": "median (as recorded)", mean: "mean", share: "share of networks that agree" },
      difference: { "": "difference of medians (as recorded)", mean: "difference of means" },
      ratio: { "": "ratio of geometric medians (as recorded)", mean: "ratio of geometric means" },
    }[shown];
    if (choices) {
      this.select = el("select", {}, ...Object.entries(choices).map(([value, text]) => el("option", { value }, text)));
      this.select.addEventListener("input", () => { this.how = this.select.value; this.update(); });
      box.append(el("label", {}, "Statistic", this.select));
    }
    if (!this.claim.parts.length) {
      box.append(el("p", { class: "note" }, "This statistic needs more than one number per network: "
        + "leaving out networks is computed only in Python."));
    } else if (this.claim.parts.length > 1) {
      box.append(el("p", { class: "note" }, "Each part has to agree: the claim is judged by the weakest."));
    }
    return box;
  }

  // What the reader's choice gives; the recorded interval where only the threshold moved.
  estimate() {
    if (!this.out.size && !this.how) return this.recorded;
    const random = generator(seedOf(this.article.dataset.id));
    const left = (part) => part.groups.map(({ networks, values }, g) =>
      values.filter((_, i) => !this.out.has(`${g}/${networks[i]}`)));
    return weakest(this.claim.parts.map((part) => estimated(part, left(part), this.how, this.region, random)));
  }

  update(only = "") {
    if (only !== "region" || this.how === "share") this.yours = this.estimate();
    for (const [end, input] of Object.entries(this.inputs)) {
      if (document.activeElement !== input) input.value = number(this.region[end]);
    }
    if (this.select) this.select.value = this.how;
    this.article.classList.toggle("changed", this.changed);
    this.result.hidden = !this.changed;
    this.result.replaceChildren(...(this.changed ? this.sentence() : []));
    this.draw();
  }

  sentence() {
    const verdict = verdictOf(this.how === "share" ? HALF_OF_THEM : this.region, this.yours);
    const left = [...this.out].map((key) => key.slice(2));
    const without = left.length ? `, without ${left.length > 4 ? `${left.length} networks` : left.join(", ")}` : "";
    const share = this.how === "share";
    const chosen = share ? `share of networks ${this.words()}` : this.how && this.select.selectedOptions[0].textContent;
    const button = el("button", { type: "button" }, "Reset");
    button.addEventListener("click", () => { this.reset(); this.picture.querySelector("[tabindex='0']")?.focus(); });
    return [
      el("b", {}, "Changed by you: "),
      `${told(this.yours)}${chosen && `, ${chosen}`}${without}; threshold ${share ? "> 0.5" : this.words()}. `,
      el("span", { class: `verdict ${verdict.replace(" ", "-")}` },
        el("span", { "aria-hidden": "true" }, SIGNS[verdict]), ` ${verdict}`),
      ` (recorded: ${this.verdict}). `,
      button,
    ];
  }

  words() {
    const { low, high, closed } = this.region;
    if (low !== null && high !== null) return `${number(low)} to ${number(high)}`;
    return low !== null ? `>${closed ? "=" : ""} ${number(low)}` : `<${closed ? "=" : ""} ${number(high)}`;
  }

  // Axes from top to bottom: what they show, and which region is marked.
  axes() {
    const several = this.claim.parts.length > 1;
    const dots = this.claim.parts.flatMap((part) => part.groups.map((group, g) => ({
      ...group, g, statistic: part.statistic, of: part.groups.length,
      label: [several ? part.name : "", namesOf(part.groups)[g]].filter(Boolean).join(": "),
    })));
    const mine = { summary: true, dots: [], region: this.region, moves: true };
    if (this.how === "share") {
      return [{ ...mine, region: HALF_OF_THEM, moves: false }, { dots, region: this.region, moves: true }];
    }
    // what two groups differ by is on another scale than their networks
    const [alone, compared] = [1, 2].map((groups) => dots.filter((row) => row.of === groups));
    return [{ ...mine, dots: alone }, ...(compared.length ? [{ dots: compared, region: null, moves: false }] : [])];
  }

  draw() {
    const focused = this.picture.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    const width = Math.max(220, this.picture.parentElement.clientWidth);
    this.picture.replaceChildren();
    this.handles = {};
    this.points = [];
    let top = 0;
    for (const axis of this.axes()) top = this.axis(axis, top, width);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${top}`);
    this.picture.setAttribute("height", top);
    (this.points[this.current] ?? this.points[0])?.dot.setAttribute("tabindex", "0");
    if (focused) this.picture.querySelector(`[data-place="${focused}"]`)?.focus();
  }

  axis(axis, top, width) {
    const lines = axis.summary ? (this.changed ? [this.recorded, this.yours] : [this.recorded]) : [];
    const share = this.how === "share" && axis.summary; // the recorded value is on another scale
    if (share) lines.shift();
    const region = axis.region ?? { low: null, high: null };
    const ends = [region, axis.moves ? this.claim.region : region].flatMap(({ low, high }) => [low, high]);
    const values = [
      ...axis.dots.flatMap((row) => row.values), ...lines.flatMap(({ value, low, high }) => [value, low, high]),
      ...ends.filter((end) => end !== null),
    ];
    const domain = share ? [-0.02, 1.02] : (axis.moves && this.dragged?.domain) || domainOf(values);
    const at = (value) => MARGIN + ((value - domain[0]) / (domain[1] - domain[0])) * (width - 2 * MARGIN);
    const back = el("g"), front = el("g");
    let y = top + 6;
    lines.forEach((line, i) => {
      const kind = i === lines.length - 1 && this.changed ? "mine" : "recorded";
      front.append(...this.interval(line, at, y + LINE / 2, kind));
      y += LINE;
    });
    for (const row of axis.dots) y = this.dots(row, at, y, front, width);
    if (axis.region) {
      const [left, right] = [region.low === null ? 0 : at(region.low), region.high === null ? width : at(region.high)];
      back.append(el("rect", { class: "agrees", x: left, y: top, width: Math.max(0, right - left), height: y - top }));
      for (const end of ["low", "high"].filter((name) => region[name] !== null)) {
        front.append(this.threshold(end, region[end], at, top, y, axis.moves ? domain : null));
      }
    }
    const step = stepOf(domain[1] - domain[0], Math.max(2, Math.floor(width / 75)));
    back.append(el("line", { class: "axis", x1: 0, x2: width, y1: y, y2: y }));
    for (let tick = Math.ceil(domain[0] / step); tick * step <= domain[1]; tick++) {
      back.append(el("line", { class: "axis", x1: at(tick * step), x2: at(tick * step), y1: y, y2: y + 4 }),
        el("text", { x: at(tick * step), y: y + 16, "text-anchor": "middle" }, number(tick * step)));
    }
    this.picture.append(back, front);
    return y + 22;
  }

  interval(line, at, y, kind) {
    const [x, low, high] = [line.value, line.low, line.high].map(at);
    const drawn = [];
    if (line.low < line.high) drawn.push(el("line", { class: `interval ${kind}`, x1: low, x2: high, y1: y, y2: y }));
    const title = el("title", {}, `${kind === "mine" ? "yours" : "recorded"}: ${told(line)}`);
    const diamond = { class: `value ${kind}`, d: `M${x - 6} ${y}l6 -6l6 6l-6 6z` };
    if (Number.isFinite(x)) drawn.push(el("path", diamond, title));
    return drawn;
  }

  dots(row, at, y, front, width) {
    const radius = this.count > MANY ? 2 : RADIUS, step = 2 * radius + 1;
    const name = [`${row.values.length} networks`, row.label].filter(Boolean).join(", ");
    const group = el("g", { role: "group", "aria-label": name });
    if (row.label) {
      group.append(el("text", { x: 4, y: y + 11, class: "label" }, row.label));
      y += 14;
    }
    const placed = swarm(row.values.map(at), radius, width);
    const deep = 1 + Math.max(...placed.map((place) => place.row));
    const base = y + 4 + deep * step;
    const order = row.values.map((_, i) => i).sort((a, b) => row.values[a] - row.values[b]);
    for (const i of order) {
      const key = `${row.g}/${row.networks[i]}`, out = this.out.has(key);
      const value = row.statistic === "share" ? (row.values[i] ? "holds" : "does not hold") : number(row.values[i]);
      const place = { cx: placed[i].x, cy: base - radius - placed[i].row * step };
      const dot = el("circle", {
        ...place, r: radius, class: out ? "dot out" : "dot", role: "checkbox", "aria-checked": String(!out),
        "aria-label": `${row.networks[i]}: ${value}`, tabindex: "-1", "data-place": this.points.length,
      }, el("title", {}, `${row.networks[i]}: ${value}${out ? ", left out" : ""}`));
      this.points.push({ key, dot, ...place });
      group.append(dot);
    }
    front.append(group);
    return base + 4;
  }

  threshold(end, value, at, top, bottom, domain) {
    const x = at(value), line = el("line", { class: "threshold", x1: x, x2: x, y1: top, y2: bottom });
    if (!domain) return line;
    const handle = el("g", {
      class: "handle", role: "slider", tabindex: "0", "data-place": end,
      "aria-label": `Threshold, ${end === "low" ? "lower" : "upper"} end`,
      "aria-valuemin": domain[0], "aria-valuemax": domain[1], "aria-valuenow": value, "aria-valuetext": number(value),
    }, line, el("rect", { class: "hit", x: x - 12, width: 24, y: top, height: bottom - top }),
    el("path", { class: "grip", d: `M${x - 6} ${top}h12v7l-6 6l-6 -6z` }),
    el("title", {}, `threshold ${number(value)}: drag`));
    this.handles[end] = { x, domain, at };
    return handle;
  }

  move(end, value) {
    if (!Number.isFinite(value)) return;
    const other = end === "low" ? this.region.high : this.region.low;
    if (other !== null && (end === "low" ? value >= other : value <= other)) return;
    this.region[end] = value;
    this.update("region");
  }

  // Leaves the network of a dot out, or takes it back, in every part of the claim.
  toggle(place) {
    const { key } = this.points[place];
    if (!this.out.delete(key)) this.out.add(key);
    this.current = place;
    this.update();
    this.points[place]?.dot.focus();
  }

  where(event) {
    const box = this.picture.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  // The dot under a click or a finger, which need not hit it.
  choose(event) {
    if (this.moved) { this.moved = false; return; }
    const { x, y } = this.where(event);
    const far = (point) => Math.hypot(point.cx - x, point.cy - y);
    const near = this.points.reduce((best, point) => (!best || far(point) < far(best) ? point : best), null);
    if (!near || far(near) > (event.pointerType === "touch" ? 16 : 9)) return;
    this.toggle(this.points.indexOf(near));
  }

  press(event) {
    this.moved = false;
    const end = event.target.closest?.(".handle")?.dataset.place;
    if (!end) return;
    event.preventDefault();
    this.picture.querySelector(`[data-place="${end}"]`).focus();
    this.dragged = { end, domain: this.handles[end].domain };
    this.picture.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.dragged) return;
    this.moved = true;
    const [low, high] = this.dragged.domain, width = this.picture.getBoundingClientRect().width;
    const share = (this.where(event).x - MARGIN) / (width - 2 * MARGIN);
    this.set(this.dragged.end, low + Math.min(1, Math.max(0, share)) * (high - low), high - low);
  }

  // A threshold in round steps; near the recorded one, that.
  set(end, value, width) {
    const step = stepOf(width, 400), kept = this.claim.region[end];
    const rounded = Number((Math.round(value / step) * step).toPrecision(6));
    this.move(end, Math.abs(rounded - kept) <= step ? kept : rounded);
  }

  release() {
    if (!this.dragged) return;
    this.dragged = null;
    this.draw();
  }

  key(event) {
    const place = event.target.dataset?.place, end = this.handles[place];
    const side = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (end && side) {
      const width = end.domain[1] - end.domain[0], step = stepOf(width, 100);
      this.move(place, Number((Math.round(this.region[place] / step + side) * step).toPrecision(6)));
    } else if (!end && place && event.key === " ") {
      this.toggle(Number(place));
    } else if (!end && place && (side || event.key === "Home" || event.key === "End")) {
      const at = Number(place), most = this.points.length - 1;
      this.current = { Home: 0, End: most }[event.key] ?? Math.min(most, Math.max(0, at + side));
      this.points[at].dot.setAttribute("tabindex", "-1");
      this.points[this.current].dot.setAttribute("tabindex", "0");
      this.points[this.current].dot.focus();
    } else return;
    event.preventDefault();
  }
}
