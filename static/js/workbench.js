// Comforts of the editors' workbench. Without them every box is there, with the number of its place.
"use strict";

const form = document.querySelector("[data-workbench]");

// --- steps: moved by buttons and by dragging, added, taken out ---------------------------------------------------

const spareRow = form.querySelector("[data-spare-row]");
const rows = () => [...form.querySelectorAll("[data-row]")];
const steps = () => [...form.querySelectorAll("[data-row] [data-step]")];
let nextNumber = 5000;
let takenOut = null;

function newRow() {
  const row = spareRow.cloneNode(true);
  row.removeAttribute("data-spare-row");
  row.setAttribute("data-row", "");
  row.classList.replace("wb-add", "wb-step-row");
  const label = row.querySelector(".wb-label");
  label.hidden = false;
  label.textContent = form.querySelector("[data-row] .wb-label")?.firstChild.textContent.trim() || "";
  label.append(" ", Object.assign(document.createElement("span"), { textContent: "" }));
  label.lastChild.setAttribute("data-number", "");
  row.querySelector(".wb-target").replaceChildren();
  row.querySelector(".wb-target").setAttribute("data-slot", "");
  spareRow.before(row);
  return row;
}

// Each step stands in the row of its place, beside the source's step of that place.
function place(ordered) {
  while (rows().length < ordered.length) newRow();
  rows().forEach((row, index) => {
    const slot = row.querySelector("[data-slot]");
    const step = ordered[index];
    row.querySelector("[data-number]").textContent = index + 1;
    if (!step) {
      slot.replaceChildren();
      if (!row.querySelector(".wb-source")?.textContent.trim()) row.remove();
      return;
    }
    if (slot.firstElementChild !== step) slot.replaceChildren(step);
    step.querySelector(".wb-order input").value = index + 1;
    step.querySelector('[data-move="-1"]').disabled = index === 0;
    step.querySelector('[data-move="1"]').disabled = index === ordered.length - 1;
  });
}

function say(words) {
  spareRow.querySelector("[data-said]").textContent = words;
  spareRow.querySelector("[data-undo]").hidden = takenOut === null;
}

function move(step, to) {
  const ordered = steps();
  const from = ordered.indexOf(step);
  const target = Math.max(0, Math.min(to, ordered.length - 1));
  if (target === from) return;
  ordered.splice(from, 1);
  ordered.splice(target, 0, step);
  place(ordered);
  changed();
  takenOut = null;
  say(form.dataset.moved.replace("{place}", target + 1).replace("{count}", ordered.length));
}

function withTools(step) {
  step.querySelector(".wb-order").hidden = true;
  for (const tool of step.querySelectorAll(".wb-tools button")) tool.hidden = false;
  return step;
}

function addStep() {
  const step = spareRow.querySelector("[data-spare] [data-step]").cloneNode(true);
  for (const field of step.querySelectorAll("[name]")) {
    field.name = field.name.replace(/^step-\d+-/, `step-${nextNumber}-`);
    field.disabled = false;
  }
  nextNumber += 1;
  place([...steps(), withTools(step)]);
  takenOut = null;
  say("");
  fit(step.querySelector("textarea"));
  step.querySelector("textarea").focus();
}

function takeOut(step) {
  const ordered = steps();
  const index = ordered.indexOf(step);
  ordered.splice(index, 1);
  step.remove();
  place(ordered);
  changed();
  takenOut = { step, index };
  say(form.dataset.removed);
  spareRow.querySelector("[data-undo]").focus();
}

function undo() {
  const ordered = steps();
  ordered.splice(takenOut.index, 0, takenOut.step);
  place(ordered);
  takenOut.step.querySelector("textarea").focus();
  takenOut = null;
  say("");
}

// While a step is dragged only its new place is shown; it moves when it is let go. Escape lets it stay.
function drag(event, step) {
  event.preventDefault();
  const landing = (y) => {
    const tops = steps().map((one) => one.getBoundingClientRect());
    const index = tops.findIndex((box) => y < box.top + box.height / 2);
    return index < 0 ? tops.length : index;
  };
  let target = null;
  const show = (index) => {
    target = index;
    const all = steps();
    all.forEach((one, number) => {
      one.classList.toggle("wb-before", number === index);
      one.classList.toggle("wb-after", index === all.length && number === all.length - 1);
    });
  };
  const onMove = (moved) => {
    if (moved.clientY < 80) window.scrollBy(0, -16);
    if (moved.clientY > window.innerHeight - 120) window.scrollBy(0, 16);
    show(landing(moved.clientY));
  };
  const end = (land) => {
    document.removeEventListener("pointermove", onMove);
    document.removeEventListener("pointerup", onUp);
    document.removeEventListener("pointercancel", onCancel);
    document.removeEventListener("keydown", onKey);
    for (const one of steps()) one.classList.remove("wb-before", "wb-after", "wb-dragged");
    if (land && target !== null) move(step, target > steps().indexOf(step) ? target - 1 : target);
  };
  const onUp = () => end(true);
  const onCancel = () => end(false);
  const onKey = (pressed) => pressed.key === "Escape" && end(false);
  step.classList.add("wb-dragged");
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onCancel);
  document.addEventListener("keydown", onKey);
}

if (spareRow) {
  spareRow.querySelector("[data-spare]").hidden = true;
  spareRow.querySelector(".wb-label").hidden = true;
  for (const field of spareRow.querySelectorAll("[data-spare] [name]")) field.disabled = true;
  spareRow.querySelector("[data-add]").hidden = false;
  steps().forEach(withTools);
  place(steps());
  spareRow.querySelector("[data-add]").addEventListener("click", addStep);
  spareRow.querySelector("[data-undo]").addEventListener("click", undo);
  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (!step) return;
    const tool = event.target.closest("[data-move]");
    if (tool) {
      move(step, steps().indexOf(step) + Number(tool.dataset.move));
      (tool.disabled ? step.querySelector("[data-move]:not(:disabled)") : tool)?.focus();
    } else if (event.target.closest("[data-remove]")) takeOut(step);
  });
  form.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (handle) drag(event, handle.closest("[data-step]"));
  });
}

// --- boxes as high as their text -------------------------------------------------------------------------------

function fit(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 4}px`;
}
form.querySelectorAll("textarea").forEach(fit);

// --- facts: picked from a list, or taken over from the source ----------------------------------------------------

const list = form.querySelector("[data-facts-list]");
const body = list.querySelector("[data-facts-body]");
const dialog = document.querySelector("[data-facts-dialog]");
const search = body.querySelector("input");
let box = null;

function insert(words, into) {
  if (!into) return;
  into.setRangeText(words, into.selectionStart, into.selectionEnd, "end");
  into.focus();
  into.dispatchEvent(new Event("input", { bubbles: true }));
}

function asButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "wb-name";
  button.dataset.insert = code.dataset.insert;
  button.textContent = code.textContent;
  code.replaceWith(button);
}

form.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-facts]")) box = event.target;
});
form.querySelectorAll(".wb-source [data-insert]").forEach(asButton);
form.addEventListener("click", (event) => {
  const name = event.target.closest(".wb-source .wb-name");
  if (!name) return;
  const target = name.closest(".wb-row").querySelector("[data-facts]");
  if (target && target !== box) target.setSelectionRange(target.value.length, target.value.length);
  insert(name.dataset.insert, target || box);
});

body.querySelectorAll("[data-insert]").forEach(asButton);
body.querySelector("[data-facts-search]").hidden = false;
dialog.append(body);
list.remove();
const opener = form.querySelector("[data-facts-open]");
opener.hidden = false;
opener.addEventListener("click", () => {
  box = box && box.isConnected ? box : form.querySelector("[data-facts]");
  dialog.showModal();
  search.select();
});
dialog.addEventListener("click", (event) => {
  const name = event.target.closest("[data-insert]");
  if (event.target === dialog) dialog.close();
  if (!name) return;
  dialog.close();
  insert(name.dataset.insert, box);
});
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const fact of dialog.querySelectorAll("[data-fact]")) {
    const text = fact.textContent.toLowerCase();
    fact.hidden = !words.every((word) => text.includes(word));
    found += fact.hidden ? 0 : 1;
  }
  dialog.querySelector("[data-facts-none]").hidden = found > 0;
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  dialog.querySelector("[data-fact]:not([hidden]) [data-insert]")?.click();
});

// --- nothing typed is lost by leaving ----------------------------------------------------------------------------

let unsaved = false;
function changed() {
  unsaved = true;
}
form.addEventListener("input", (event) => {
  changed();
  if (event.target.matches("textarea")) fit(event.target);
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.formTarget !== "_blank") unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// The menu of previews closes when it was used, and on Escape.
const menu = form.querySelector(".wb-menu");
document.addEventListener("click", (event) => {
  if (!menu.contains(event.target) || event.target.closest("button")) menu.open = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
