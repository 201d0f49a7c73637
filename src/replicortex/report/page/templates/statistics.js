"use strict";
// Estimates, intervals and verdicts as the scorecard makes them (report/intervals.py), for what a reader changes.
const RESAMPLES = 10000;
const FEW = 6; // below it the interval is joined with Student's, since resampling cannot leave the sample
const FEWEST = 3; // fewer networks have no interval
const P = 0.975; // upper end of a 95 % interval
const Z = 1.959963984540054;
const HALF_OF_THEM = { low: 0.5, high: null, closed: false }; // what a share of agreeing networks is compared with

function simpson(f, from, to, steps = 400) {
  const h = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let i = 1; i < steps; i++) sum += (i % 2 ? 4 : 2) * f(from + i * h);
  return (sum * h) / 3;
}

// Point P of Student's t: with x = sqrt(nu) tan(a) its density is proportional to cos(a)^(nu - 1).
function student(nu) {
  const density = (a) => Math.cos(a) ** (nu - 1);
  const half = simpson(density, 0, Math.PI / 2);
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (0.5 + simpson(density, 0, middle) / (2 * half) < P) low = middle;
    else high = middle;
  }
  return Math.sqrt(nu) * Math.tan(low);
}

// Where the expanded percentile bootstrap reads its quantiles (Hesterberg 2015).
function expandedTail(n) {
  const x = Math.sqrt(n / (n - 1)) * student(n - 1);
  return 0.5 - simpson((u) => Math.exp((-u * u) / 2), 0, x) / Math.sqrt(2 * Math.PI);
}

function generator(seed) { // mulberry32
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const seedOf = (text) => [...text].reduce((seed, letter) => (Math.imul(seed, 31) + letter.charCodeAt(0)) | 0, 7);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values) => {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
};

function quantile(sorted, p) {
  const at = p * (sorted.length - 1), i = Math.floor(at);
  return i + 1 < sorted.length ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

const median = (values) => quantile([...values].sort((a, b) => a - b), 0.5);

// Median or mean of resampled networks; medians by counting how often each rank was drawn.
function resampled(values, average, random) {
  const n = values.length, drawn = new Float64Array(RESAMPLES);
  const sorted = Float64Array.from(values).sort(), counts = new Uint32Array(n);
  for (let r = 0; r < RESAMPLES; r++) {
    if (average === "mean") {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += sorted[Math.floor(random() * n)];
      drawn[r] = sum / n;
      continue;
    }
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[Math.floor(random() * n)]++;
    let i = -1, seen = 0;
    while (seen <= (n - 1) >> 1) seen += counts[++i];
    const lower = sorted[i];
    while (seen <= n >> 1) seen += counts[++i];
    drawn[r] = (lower + sorted[i]) / 2;
  }
  return drawn;
}

// Every median that resamples of so many values can have, as the ranks of its two middle draws and how probable it is.
function middles(n) {
  const half = n >> 1, logs = [0], found = [];
  for (let i = 1; i <= n; i++) logs.push(logs[i - 1] + Math.log(i));
  const ways = (k) => logs[n] - logs[k] - logs[n - k];
  const atMost = (i) => { // the lower middle draw is at or below rank i - 1
    if (i === n) return 1;
    let sum = 0;
    for (let k = n - half; k <= n; k++) sum += Math.exp(ways(k) + k * Math.log(i / n) + (n - k) * Math.log(1 - i / n));
    return sum;
  };
  for (let i = 0; i < n; i++) {
    let alone = atMost(i + 1) - (i ? atMost(i) : 0);
    for (let j = i + 1; n % 2 === 0 && j < n; j++) {
      const lower = ((i + 1) / n) ** half - (i / n) ** half, upper = ((n - j) / n) ** half - ((n - j - 1) / n) ** half;
      const apart = Math.exp(ways(half)) * lower * upper;
      found.push([i, j, apart]);
      alone -= apart;
    }
    found.push([i, i, alone]);
  }
  return found;
}

// Ends of the interval of a median, of which all resamples are known.
function endsOfMedian(values, tail) {
  const sorted = Float64Array.from(values).sort();
  const medians = middles(sorted.length).map(([i, j, p]) => [(sorted[i] + sorted[j]) / 2, p]).sort((a, b) => a[0] - b[0]);
  let sum = 0;
  const reached = medians.map(([, p]) => (sum += p));
  return [tail, 1 - tail].map((level) => medians[Math.max(0, reached.findIndex((total) => total >= level))][0]);
}

function wilson(k, n) {
  if (!n) return { value: NaN, low: NaN, high: NaN, n };
  const p = k / n, scale = 1 + (Z * Z) / n, centre = p + (Z * Z) / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return { value: p, low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale), n };
}

// An average of one group of networks, or of one less that of another.
function averaged(groups, average, random) {
  const centre = average === "mean" ? mean : median;
  const size = Math.min(...groups.map((group) => group.length)), n = groups.flat().length;
  if (!size) return { value: NaN, low: NaN, high: NaN, n };
  const minus = (make) => groups.map(make).reduce((one, other) => one - other);
  const value = minus(centre);
  if (size < FEWEST) return { value, low: NaN, high: NaN, n };
  const tail = expandedTail(size);
  let low, high;
  if (groups.length === 1 && average === "median") {
    [low, high] = endsOfMedian(groups[0], tail);
  } else {
    const [drawn, other] = groups.map((group) => resampled(group, average, random));
    if (other) drawn.forEach((_, i) => { drawn[i] -= other[i]; });
    drawn.sort();
    [low, high] = [quantile(drawn, tail), quantile(drawn, 1 - tail)];
  }
  if (size < FEW) {
    // Student's interval of the mean; of two groups Welch's
    const around = minus(mean), parts = groups.map((group) => variance(group) / group.length);
    const error = parts.reduce((sum, part) => sum + part);
    const freedom = error ** 2 / parts.reduce((sum, part, i) => sum + part ** 2 / (groups[i].length - 1), 0);
    const half = error ? student(freedom) * Math.sqrt(error) : 0;
    [low, high] = [Math.min(low, around - half), Math.max(high, around + half)];
  }
  return { value, low, high, n };
}

const reachesLow = (region, value) => region.low === null || (region.closed ? value >= region.low : value > region.low);
const reachesHigh = (region, value) =>
  region.high === null || (region.closed ? value <= region.high : value < region.high);
const agrees = (region, value) => reachesLow(region, value) && reachesHigh(region, value);

// A part of a claim from the numbers of its networks; `how` is "mean" or "share" where a reader chose it, else "".
function estimated(part, groups, how, region, random) {
  if (part.statistic === "share" || how === "share") {
    const holds = part.statistic === "share" ? (value) => value === 1 : (value) => agrees(region, value);
    return wilson(groups[0].filter(holds).length, groups[0].length);
  }
  const average = how === "mean" ? "mean" : "median";
  if (part.statistic === "ratio") {
    const logs = averaged(groups.map((group) => group.map(Math.log)), average, random);
    const { value, low, high } = logs;
    return { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high), n: logs.n };
  }
  const found = averaged(groups, average, random), [least, most] = part.bounds;
  const cut = (end) => Math.min(Math.max(end, least ?? -Infinity), most ?? Infinity);
  return { ...found, low: cut(found.low), high: cut(found.high) };
}

// A claim of several parts is judged by the weakest.
function weakest(parts) {
  const least = (name) => Math.min(...parts.map((part) => part[name]));
  return { value: least("value"), low: least("low"), high: least("high"), n: least("n") };
}

function verdictOf(region, { low, high }) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "inconclusive";
  if (reachesLow(region, low) && reachesHigh(region, high)) return "replicated";
  return !reachesLow(region, high) || !reachesHigh(region, low) ? "not replicated" : "inconclusive";
}
