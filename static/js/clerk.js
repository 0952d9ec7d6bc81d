// The card for the clerk: what is typed fills the sentences, and stays on this device.
"use strict";

const MEMORY = "clerk-card";
const NO_BREAK = "\u00a0";
const fill = document.querySelector(".clerk-fill");
const number = document.getElementById("clerk-number");
const sum = document.getElementById("clerk-sum");

// +7 701 123 45 67, however it was typed; what is no Kazakh number stays as it is.
function numberForShops(typed) {
  const digits = typed.replace(/\D/g, "");
  const own = digits.length === 11 && /^[78]/.test(digits) ? digits.slice(1) : digits;
  if (own.length !== 10 || (typed.trim().startsWith("+") && digits.length !== 11)) return typed.trim();
  return ["+7", own.slice(0, 3), own.slice(3, 6), own.slice(6, 8), own.slice(8)].join(NO_BREAK);
}

// “4 990 ₸”, from “4990”, “4,990” or “4 990 ₸”.
function sumForShops(typed) {
  const [whole, part] = typed.replace(/[^\d.,]/g, "").split(/[.,](?=\d{1,2}$)/);
  const digits = whole.replace(/\D/g, "");
  if (!digits) return "";
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, NO_BREAK);
  return `${grouped}${part && Number(part) ? `,${part.padEnd(2, "0")}` : ""}${NO_BREAK}₸`;
}

function show() {
  const values = { number: numberForShops(number.value), sum: sumForShops(sum.value) };
  for (const part of document.querySelectorAll(".clerk-part")) {
    part.textContent = values[part.dataset.part] || part.dataset.blank;
  }
}

function remember() {
  if (!("remember" in fill.dataset)) return;
  try {
    if (number.value || sum.value) localStorage.setItem(MEMORY, JSON.stringify([number.value, sum.value]));
    else localStorage.removeItem(MEMORY);
  } catch {
    // A browser that keeps nothing still shows the card.
  }
}

function recall() {
  if (!("remember" in fill.dataset)) return;
  try {
    const [oldNumber, oldSum] = JSON.parse(localStorage.getItem(MEMORY)) || [];
    number.value ||= oldNumber || "";
    sum.value ||= oldSum || "";
  } catch {
    // Nothing is kept, or nothing that we wrote.
  }
}

// A screen that goes dark in the clerk's hand helps nobody.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // A low battery, or a browser that does not allow it.
  }
}

fill.hidden = false;
recall();
show();
for (const field of [number, sum]) {
  field.addEventListener("input", () => {
    show();
    remember();
  });
}
fill.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  fill.open = false;
  fill.querySelector("summary").focus();
});
fill.querySelector("[data-forget]")?.addEventListener("click", () => {
  number.value = sum.value = "";
  show();
  remember();
  number.focus();
});
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
