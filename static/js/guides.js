// Comforts of a guide: steps to tick, values to copy, addresses on paper. Every guide reads well without them.
"use strict";

const words = document.currentScript.dataset;
const said = document.createElement("p");

function say(text) {
  said.textContent = "";
  setTimeout(() => (said.textContent = text), 50);
}

// --- steps stay ticked on this device, until the guide's steps change --------------------------------

function ticksOf(key) {
  try {
    return new Set(JSON.parse(localStorage.getItem(key)) || []);
  } catch {
    return new Set();
  }
}

function keepTicks(key, ticks) {
  try {
    if (ticks.size) localStorage.setItem(key, JSON.stringify([...ticks]));
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing still ticks until the page is left.
  }
}

// The ticks of an older wording would stand at the wrong steps.
function forgetOlder(guide, key) {
  try {
    for (const other of Object.keys(localStorage)) {
      if (other.startsWith(guide) && other !== key) localStorage.removeItem(other);
    }
  } catch {
    // Nothing is kept here.
  }
}

function makeTickable(section) {
  const steps = [...section.querySelectorAll(":scope > div > .steps > li")];
  if (!steps.length) return;
  const guide = `ticks:${section.dataset.guide}:`;
  const key = `${guide}${section.dataset.wording}-${steps.length}`;
  const ticks = ticksOf(key);
  forgetOlder(guide, key);

  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn-sm btn-outline-secondary justify-self-start not-printed";
  again.textContent = words.again;

  const boxes = steps.map((step, index) => {
    const box = document.createElement("button");
    box.type = "button";
    box.className = "tick";
    box.textContent = index + 1;
    box.setAttribute("role", "checkbox");
    box.setAttribute("aria-label", words.tick.replace("{number}", index + 1));
    box.addEventListener("click", () => {
      if (!ticks.delete(index)) ticks.add(index);
      show();
    });
    step.parentElement.classList.add("steps-tickable");
    step.prepend(box);
    return box;
  });

  function show() {
    boxes.forEach((box, index) => {
      box.setAttribute("aria-checked", ticks.has(index));
      steps[index].classList.toggle("is-done", ticks.has(index));
    });
    again.hidden = !ticks.size;
    keepTicks(key, ticks);
  }

  again.addEventListener("click", () => {
    ticks.clear();
    show();
    boxes[0].focus();
  });
  section.append(again);
  show();
}

// --- codes and numbers are copied by a tap -----------------------------------------------------------

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyTheOldWay(value);
  }
}

function copyTheOldWay(value) {
  const field = document.createElement("textarea");
  field.value = value;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

const ICON =
  '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="2" ' +
  'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><rect x="8" y="8" width="14" height="14" rx="2"/>' +
  '<path class="copy-behind" d="M4 16a2 2 0 0 1-2-2V4c0-1.1.9-2 2-2h10a2 2 0 0 1 2 2"/><path class="copy-done" d="m11 15 3 3 5-6"/></svg>';

function makeCopyable(link) {
  const value = link.textContent.trim();
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy not-printed";
  button.innerHTML = ICON;
  button.setAttribute("aria-label", words.copy.replace("{value}", value));
  button.addEventListener("click", async () => {
    const copied = await copy(value);
    button.focus();
    button.classList.toggle("is-copied", copied);
    setTimeout(() => button.classList.remove("is-copied"), 2000);
    say(copied ? words.copied.replace("{value}", value) : words.notCopied);
  });
  const together = document.createElement("span");
  together.className = "text-nowrap";
  link.replaceWith(together);
  together.append(link, button);
}

// --- paper shows where a link leads ------------------------------------------------------------------

function writeAddress(link) {
  if (/^https?:$/.test(link.protocol)) {
    link.dataset.address = decodeURI(link.host + link.pathname + link.search).replace(/\/$/, "");
  }
}

said.className = "visually-hidden";
said.setAttribute("role", "status");
document.body.append(said);
document.querySelectorAll("[data-guide][data-wording]").forEach(makeTickable);
document.querySelectorAll('main a[href^="tel:"]').forEach(makeCopyable);
document.querySelectorAll("main li a, main p a").forEach(writeAddress);
