"""Style and script of the start page; nothing in them is fetched from elsewhere."""

# Readable on a phone (one column) and beside a paper (two); colours of Okabe & Ito, darkened to a contrast of 4.5 on
# white, each beside a sign and a word.
STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; color: #222;
  overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin: 1.5rem 0 .5rem; } h3 { font-size: 1.05rem; margin: 0
  0 .3rem; }
a { color: #00558B; } :focus-visible { outline: 3px solid #E69F00; outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem .8rem; }
nav a { white-space: nowrap; display: inline-block; padding: .15rem 0; }
form { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; background: #f4f4f4; padding: .7rem;
  border-radius: .3rem; margin-bottom: .7rem; }
form[hidden], [hidden] { display: none; }
label { display: grid; font-size: .9rem; flex: 1 1 12rem; } select, input, button { font: inherit; padding:
  .35rem; min-width: 0; width: 100%; }
button { width: auto; } #count { flex: 1 1 100%; font-size: .9rem; }
article { border-top: 1px solid #ccc; padding: 1rem 0; display: grid; grid-template-columns: minmax(0, 1fr);
  gap: 1rem; }
@media (min-width: 52rem) { article { grid-template-columns: 26rem minmax(0, 1fr); } }
dl { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .15rem .6rem; margin: .5rem 0 0;
  font-size: .9rem; }
dt { color: #555; } dd { margin: 0; }
.verdict { font-weight: 600; } .replicated { color: #00609B; } .not-replicated { color: #A03C00; }
.inconclusive { color: #735800; } .not-testable, .not-testable-yet, .smoke { color: #555; }
figure { margin: 0; } figcaption { font-size: .85rem; color: #555; }
img { max-width: 100%; height: auto; border: 1px solid #ddd; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; } caption { text-align: left;
  color: #555; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: right; overflow-wrap: normal; }
  th:first-child { text-align: left; }
pre { background: #f4f4f4; padding: .7rem; overflow-x: auto; font-size: .8rem; } summary { cursor: pointer;
  padding: .3rem 0; }
@media print { form, nav, .skip { display: none; } }
"""

# Without it the page shows everything; it brings the filters.
SCRIPT = """
"use strict";
// Filters of the claims. Their state is the address after "#", so that a selection can be linked to:
// scorecard.html#verdict=inconclusive&text=clusters
const form = document.getElementById("filters");
const claims = [...document.querySelectorAll("article")];
const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a.parentElement]));

function show() {
  const wanted = new FormData(form);
  const text = wanted.get("text").trim().toLowerCase();
  let shown = 0;
  for (const claim of claims) {
    const fits = (!wanted.get("wing") || claim.dataset.wing === wanted.get("wing"))
      && (!wanted.get("verdict") || claim.dataset.verdict === wanted.get("verdict"))
      && claim.firstElementChild.textContent.toLowerCase().includes(text);
    claim.hidden = !fits;
    links.get(claim.id).hidden = !fits;
    shown += fits;
  }
  document.getElementById("count").textContent = `${shown} of ${claims.length} claims shown`;
}

function remember() {
  const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `${state}` ? `#${state}` : location.pathname + location.search);
  show();
}

// form.reset() would call back once more, after whatever was clicked meanwhile
function clear() {
  for (const field of form.querySelectorAll("select, input")) field.value = "";
}

function recall() {
  const fragment = location.hash.slice(1);
  if (fragment && !fragment.includes("=")) {
    // a link to a claim or a figure that the filters hide puts them back
    const target = document.getElementById(fragment);
    if (target?.closest("article[hidden]")) { clear(); show(); target.scrollIntoView(); }
    return;
  }
  clear();
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  show();
}

form.addEventListener("input", remember);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(remember));
window.addEventListener("hashchange", recall);
form.hidden = false;
show();
recall();
"""
