// Small comforts. Every page works without them.
"use strict";

function fillTimeZones() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  for (const field of document.querySelectorAll('[data-fill="time-zone"]')) {
    if (!field.value) field.value = zone;
  }
}

// What this browser calls a zone: zones have had several names, and only one of them is in the list.
function zoneOf(name) {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "";
  }
}

// Offers the browser's zone where another one is chosen.
function proposeTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const choice = document.querySelector('select[data-propose="time-zone"]');
  const proposal = document.querySelector("[data-zone-proposal]");
  if (!choice || !proposal) return;
  const options = [...choice.options];
  const option = options.find((item) => item.value === zone) || options.find((item) => zoneOf(item.value) === zone);
  if (!option || option.selected) return;
  proposal.querySelector("[data-zone]").textContent = option.text;
  proposal.hidden = false;
  proposal.querySelector("button").addEventListener("click", () => {
    choice.value = option.value;
    proposal.hidden = true;
    choice.focus();
  });
}

// Says the last minute on the reader's own clock too, which only the browser knows.
function sayOwnClock() {
  for (const words of document.querySelectorAll("[data-cutoff]")) {
    const moment = new Date(words.dataset.cutoff);
    const two = (number) => String(number).padStart(2, "0");
    const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
    if (clock === words.dataset.clock) continue;
    const sameDay = String(moment.getDate()) === words.dataset.day;
    const weekday = sameDay ? "" : moment.toLocaleDateString(document.documentElement.lang, { weekday: "long" });
    words.textContent = words.dataset.withTheirs.replace("{theirs}", `${weekday} ${clock}`.trim());
  }
}

// Copies the text of a field. Where the browser lets no page do that, the field is left selected to do it by hand.
function makeCopying() {
  for (const button of document.querySelectorAll("[data-copies][hidden]")) {
    const field = document.getElementById(button.dataset.copies);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.copied;
    });
  }
}

// A second tap on a slow network sends nothing twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.method === "get") return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

// A list that is being looked through is kept nowhere else: whoever leaves it by another way is asked first.
const unsaved = document.querySelector("form[data-unsaved]");
if (unsaved) {
  window.addEventListener("beforeunload", (event) => {
    if (!unsaved.dataset.sent) event.preventDefault();
  });
}

// A page that comes back from the browser's memory can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Menus close when the reader taps elsewhere or presses Escape.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.language-menu[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(null);
});

// What comes onto the page later gets the same comforts.
document.addEventListener("htmx:load", () => {
  fillTimeZones();
  sayOwnClock();
  makeCopying();
});

fillTimeZones();
proposeTimeZone();
sayOwnClock();
makeCopying();
