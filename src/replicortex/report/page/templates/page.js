// Filters of the claims, and a plot for each. The filters are the address after "#", so that they can be linked to:
// scorecard.html#verdict=inconclusive&text=clusters
const form = document.getElementById("filters");
const articles = [...document.querySelectorAll("article")];
const texts = new Map(articles.map((article) => [article, article.textContent.toLowerCase()]));

function show() {
  const wanted = Object.fromEntries(new FormData(form));
  const text = wanted.text.trim().toLowerCase();
  let shown = 0;
  for (const article of articles) {
    const fits = ["paper", "verdict", "kind"].every((name) => !wanted[name] || article.dataset[name] === wanted[name])
      && texts.get(article).includes(text);
    article.hidden = !fits;
    shown += fits;
  }
  for (const paper of document.querySelectorAll("section.paper")) {
    paper.hidden = !paper.querySelector("article:not([hidden])");
  }
  document.getElementById("count").textContent = `${shown} of ${articles.length} rows shown`;
  drawVisible();
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
  if (!fragment.includes("=")) {
    // a link to what filters or folds hide opens these
    const target = document.getElementById(fragment);
    if (target?.closest("[hidden]")) { clear(); show(); }
    const folded = target?.closest("details");
    if (folded) folded.open = true;
    target?.scrollIntoView();
    return;
  }
  clear();
  for (const [name, value] of new URLSearchParams(fragment)) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  show();
  document.getElementById("claims").scrollIntoView();
}

const plots = new Map();
const numbers = JSON.parse(document.getElementById("data").textContent);
for (const article of articles) {
  const claim = numbers[article.dataset.id];
  if (claim.value !== null) plots.set(article, new Plot(article, claim));
}

// Plots are as wide as their column; those that are hidden have no width until they are shown.
let columns = new Map();
function drawVisible() {
  for (const [article, plot] of plots) {
    const width = article.hidden ? 0 : plot.picture.parentElement.clientWidth;
    if (width && width !== columns.get(article)) { columns.set(article, width); plot.draw(); }
  }
}

form.addEventListener("input", remember);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(remember));
window.addEventListener("hashchange", recall);
window.addEventListener("resize", drawVisible);
for (const hidden of [form, document.querySelector(".try")]) hidden.hidden = false;
show();
if (location.hash) recall();
