// Marking many at once. Works without: then each row is marked by hand.
"use strict";

(() => {
  if (window.kzsimMany) return; // a list that was put in place again needs no second one
  window.kzsimMany = true;

  const boxesOf = (form) => [...form.querySelectorAll('tbody input[type="checkbox"]')];

  function show(form) {
    const boxes = boxesOf(form);
    const marked = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("[data-many-all]");
    if (all) {
      all.hidden = false;
      const box = all.querySelector("input");
      box.checked = marked > 0 && marked === boxes.length;
      box.indeterminate = marked > 0 && marked < boxes.length;
    }
    const count = form.querySelector("[data-many-count]");
    if (count) count.textContent = marked ? count.dataset.some.replace("{count}", marked) : count.dataset.none;
  }

  const showAll = () => document.querySelectorAll("[data-many]").forEach(show);

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-many]");
    if (!form) return;
    if (event.target.closest("[data-many-all]")) {
      for (const box of boxesOf(form)) box.checked = event.target.checked;
    }
    show(form);
  });
  // A file that is downloaded leaves the page as it is: its form can be sent again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-many]") && ["csv", "xlsx"].includes(event.submitter?.value)) {
      setTimeout(() => delete form.dataset.sent);
    }
  });
  document.addEventListener("htmx:afterSettle", showAll);
  window.addEventListener("pageshow", showAll);
  showAll();
})();
