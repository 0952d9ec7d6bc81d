// Small comforts. Every page works without them.
"use strict";

function fillTimeZones() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  for (const field of document.querySelectorAll('[data-fill="time-zone"]')) {
    if (!field.value) field.value = zone;
  }
}

// Offers the browser's zone where another one is chosen.
function proposeTimeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const choice = document.querySelector('select[data-propose="time-zone"]');
  const proposal = document.querySelector("[data-zone-proposal]");
  if (!choice || !proposal || choice.value === zone) return;
  const option = [...choice.options].find((item) => item.value === zone);
  if (!option) return;
  proposal.querySelector("[data-zone]").textContent = option.text;
  proposal.hidden = false;
  proposal.querySelector("button").addEventListener("click", () => {
    choice.value = zone;
    proposal.hidden = true;
    choice.focus();
  });
}

// A second tap on a slow network sends nothing twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("hx-post") || form.method === "get") return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "yes";
});

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

fillTimeZones();
proposeTimeZone();
