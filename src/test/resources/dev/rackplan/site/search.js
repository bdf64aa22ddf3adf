// Sections that have every word, those with words in their headings first.
const [TITLE, HEADING, PLACE, TEXT] = [0, 1, 2, 3];
const MOST = 20;
const found = document.getElementById("found");
const query = document.getElementById("query");

function score(section, words) {
  let sum = 0;
  const heading = (section[TITLE] + " " + section[HEADING]).toLowerCase();
  const text = section[TEXT].toLowerCase();
  for (const word of words) {
    const inHeading = heading.includes(word);
    const inText = text.includes(word);
    if (!inHeading && !inText) return 0;
    sum += (inHeading ? 10 : 0) + (inText ? 1 : 0);
  }
  return sum;
}

function excerpt(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 60);
  return (at > 0 ? "… " : "") + text.slice(at, at + 180) + (at + 180 < text.length ? " …" : "");
}

function show() {
  const words = query.value.toLowerCase().split(/\s+/).filter((word) => word.length > 1);
  found.hidden = words.length === 0;
  found.replaceChildren();
  if (found.hidden) return;
  const best = SECTIONS.map((section) => [score(section, words), section])
    .filter(([points]) => points > 0)
    .sort((one, other) => other[0] - one[0]);
  const count = document.createElement("strong");
  count.textContent = best.length === 0 ? "Nothing has these words." : best.length + (best.length === 1 ? " section" : " sections");
  found.append(count);
  const list = document.createElement("ol");
  for (const [, section] of best.slice(0, MOST)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = document.body.dataset.up + section[PLACE];
    link.textContent = section[TITLE] + (section[HEADING] && section[HEADING] !== section[TITLE] ? ": " + section[HEADING] : "");
    const below = document.createElement("p");
    below.textContent = excerpt(section[TEXT], words[0]);
    item.append(link, below);
    list.append(item);
  }
  found.append(list);
}

query.addEventListener("input", show);
query.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const first = found.querySelector("a");
  if (first) first.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== query) {
    event.preventDefault();
    query.focus();
  } else if (event.key === "Escape" && document.activeElement === query) {
    query.value = "";
    show();
  }
});
