// Doing without leaving the page. A link with `data-sheet` opens its page over this one; a form in there, or one with
// `data-in-place`, is sent without leaving, and then the page below is shown anew where it stands. What happened is said
// in a toast. Without this script every link leads to its page, and every form to the next one.
//
// It stays where it is, whatever page a form would have led to: whoever renews from the dashboard wants the dashboard.
// Only where the page below is gone it goes where the form leads.

const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");
const toasts = document.getElementById("messages");
const SECONDS = { undo: 25, said: 10 };
// A finger leaves its hover behind where it tapped last.
const LOOKED_AT = matchMedia("(hover: hover)").matches ? ":hover, :focus-within" : ":focus-within";

let address = ""; // of the page in the sheet
let typed = false; // something was written there that is not saved yet
let back = []; // where the focus goes when all is done
let busy = false; // what was saved is not shown yet
let tokenIsOld = false;

const main = () => document.getElementById("main");
const isInSheet = (element) => sheet.contains(element);

function words(name) {
  const found = document.getElementById("sheet-words").content.querySelector(`[data-words="${name}"]`);
  return found.cloneNode(true);
}

// --- the sheet ----------------------------------------------------------------------------------------------

function open(link) {
  const isKept = typed && address === link.href; // closed by a slip of the finger: what was written is still there
  if (!sheet.open) {
    back = waysBackTo(link);
    sheet.showModal();
  }
  if (isKept) return;
  address = link.href;
  load();
}

function load() {
  typed = false;
  show(words("loading"));
  // What goes wrong is said by the events below.
  htmx.ajax("GET", address, { source: body, target: body, swap: "innerHTML" }).catch(() => {});
}

function show(part) {
  body.replaceChildren(...part.children);
  const title = body.querySelector("h2");
  title.id = "sheet-title";
  title.focus();
}

function close() {
  sheet.close();
}

sheet.addEventListener("close", () => {
  htmx.trigger(body, "htmx:abort");
  if (!typed && !body.querySelector("form.htmx-request")) body.replaceChildren();
  focusOn(back);
});

// Beside the sheet: only where nothing is lost by it.
sheet.addEventListener("click", (event) => {
  if (event.target === sheet && !typed) close();
});
body.addEventListener("input", () => {
  typed = true;
});

function isPlain(event) {
  const withKey = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !withKey && !event.defaultPrevented;
}

document.addEventListener("click", (event) => {
  const tapped = event.target.closest("a[data-sheet], [data-sheet-close], [data-sheet-again], [data-dismiss]");
  if (!tapped || !isPlain(event) || !sheet.showModal) return;
  if (tapped.matches("[data-dismiss]")) dismiss(tapped.closest(".notice"));
  else if (tapped.matches("a[data-sheet]")) open(tapped);
  else if (!isInSheet(tapped)) return;
  else if (tapped.matches("[data-sheet-again]")) load();
  else {
    typed = false; // said in so many words
    close();
  }
  event.preventDefault();
});

// Where the reader begins: at what is wrong, at the field that the page is for, or at its title.
function focusInSheet() {
  const wrong = body.querySelector(".is-invalid, [aria-invalid=true]");
  const first = body.querySelector("[autofocus]") || wrong || body.querySelector("[role=alert]");
  const place = first || body.querySelector("#sheet-title");
  if (!place) return; // it was closed meanwhile
  if (!place.matches("input, select, textarea, button, a")) place.tabIndex = -1;
  unfold(place);
  place.focus();
}

function unfold(element) {
  for (let fold = element.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
    if (element.closest("summary")?.parentElement === fold) continue;
    fold.open = true;
  }
}

// --- forms that do not leave ----------------------------------------------------------------------------------

const HERE = { "hx-target": "#main", "hx-select": "#main", "hx-swap": "outerHTML" };
const IN_SHEET = { "hx-target": "#sheet-body", "hx-swap": "innerHTML" };

// Gives the forms to htmx: those in the sheet, and those that say so elsewhere. A second tap sends nothing twice.
function takeOver(part) {
  for (const form of part.querySelectorAll("form")) {
    if (form.method !== "post" || form.hasAttribute("hx-post")) continue;
    if (!isInSheet(form) && !form.hasAttribute("data-in-place")) continue;
    const to = form.getAttribute("action") || (isInSheet(form) ? address : location.pathname + location.search);
    const all = { "hx-post": to, "hx-sync": "this:drop", ...(isInSheet(form) ? IN_SHEET : HERE) };
    if (form.enctype === "multipart/form-data") all["hx-encoding"] = form.enctype;
    for (const [name, value] of Object.entries(all)) form.setAttribute(name, value);
    htmx.process(form);
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  // “This page” is in the sheet another one than that of the window.
  const { elt, verb } = event.detail;
  if (isInSheet(elt) && elt !== body && elt.getAttribute(`hx-${verb}`) === "") event.detail.path = address;
});

const isOurs = (element) => isInSheet(element) || element.matches("form[data-in-place]");

// One button of a form may lead away all the same.
document.addEventListener(
  "submit",
  (event) => {
    if (event.submitter?.hasAttribute("data-leaves")) event.stopPropagation();
  },
  true,
);

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (!isOurs(elt)) return;
  if (busy && elt.matches("form")) event.preventDefault();
  if (elt.matches("form")) for (const said of document.querySelectorAll("[data-not-saved]")) said.remove();
  if (isInSheet(elt) || toasts.contains(elt)) return; // back to where it began
  back = waysBackTo(document.activeElement.form === elt ? document.activeElement : elt);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, requestConfig } = event.detail;
  if (target !== body) return;
  if (xhr.status === 422) event.detail.shouldSwap = !(event.detail.isError = false);
  if (!/^\s*<!doctype/i.test(xhr.responseText) || !event.detail.shouldSwap) return;
  event.detail.shouldSwap = false; // a page that knows no sheet
  if (requestConfig.verb === "get") location.assign(address);
  else notSaved(event.detail.elt, "broken");
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === body) takeOver(body);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target === body) focusInSheet();
  else if (event.target === main()) takeOver(main());
});

// --- what was saved, and what was not ---------------------------------------------------------------------------

document.addEventListener("sheet:done", async (event) => {
  const source = event.target;
  busy = true;
  dismiss(source.closest("#messages > .notice"));
  if (isInSheet(source)) {
    typed = false;
    close();
    body.replaceChildren();
  }
  try {
    await showAnew(event.detail.to);
    focusOn(back);
  } finally {
    busy = false; // or no form could be sent any more
  }
});

// The page below as it is now, from its own address.
async function showAnew(otherwise) {
  const page = await asked(location.href);
  if (page === null) say(words("stale"));
  else if (page === false) location.assign(otherwise);
  else {
    takeToken(page);
    // What came by a form, and is kept nowhere else, is not to be had from the page's address.
    if (!main().querySelector("form[data-unsaved]")) {
      const fresh = page.getElementById("main");
      main().replaceWith(fresh);
      document.title = page.title;
      takeOver(fresh);
      htmx.process(fresh);
      htmx.trigger(fresh, "htmx:load", { elt: fresh });
    }
    for (const one of page.querySelectorAll("#messages > .notice")) say(one);
  }
}

// A page; null where it does not arrive, false where another one stands in its place.
async function asked(url) {
  try {
    const answer = await fetch(url);
    if (answer.status >= 500) return null;
    if (!answer.ok || new URL(answer.url).pathname !== new URL(url).pathname) return false;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

function takeToken(page) {
  const headers = page.body.getAttribute("hx-headers");
  if (!headers) return;
  document.body.setAttribute("hx-headers", headers);
  const token = JSON.parse(headers)["X-CSRFToken"];
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
}

// Whoever signed in again in another tab has another token: it is fetched before the form is sent once more.
document.addEventListener("htmx:confirm", (event) => {
  if (!tokenIsOld || !isOurs(event.detail.elt)) return;
  event.preventDefault();
  asked(location.href).then((page) => {
    if (page) takeToken(page);
    tokenIsOld = false;
    event.detail.issueRequest(true);
  });
});

const BY_STATUS = { 401: "signed-out", 403: "refused", 413: "too-large", 500: "broken" };

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  failed(event.detail, BY_STATUS[status] || (status > 500 ? "lost" : "gone"));
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => failed(event.detail, "lost"));
}

function failed({ elt, requestConfig }, name) {
  if (!isOurs(elt)) return;
  if (elt === body) show(words("not-loaded"));
  else if (requestConfig.verb === "post") notSaved(elt, name);
}

// Said where the reader looks: above the button they tapped, or as a toast.
function notSaved(element, name) {
  tokenIsOld = name === "refused" || name === "signed-out";
  const said = words(name);
  said.setAttribute("data-not-saved", "");
  if (!isInSheet(element) || !sheet.open) return say(said);
  const form = element.closest("form") || body;
  const actions = form.querySelector(".form-actions");
  if (actions) actions.before(said);
  else form.append(said);
  said.scrollIntoView({ block: "nearest" });
}

// --- where the focus goes -----------------------------------------------------------------------------------------

// How to find what was tapped once the page is another one: itself, else the heading of its card, else the page's.
function waysBackTo(element) {
  const ways = [];
  const add = (selector) => {
    const all = [...main().querySelectorAll(selector)];
    ways.push({ selector, index: Math.max(0, all.findIndex((one) => one === element || one.contains(element))) });
  };
  const href = (link) => `a[href="${CSS.escape(link.getAttribute("href"))}"]`;
  if (element.id) add(`#${CSS.escape(element.id)}`);
  if (element.matches("a[href]")) add(href(element));
  const action = element.closest("form")?.getAttribute("action");
  if (action) add(`form[action="${CSS.escape(action)}"] button`);
  for (let card = element.closest("article, section, li"); card; card = card.parentElement.closest("article, section")) {
    const heading = card.querySelector(":is(h1, h2, h3) a[href]");
    if (heading) add(href(heading));
    const named = card.getAttribute("aria-labelledby") || card.id;
    if (named) add(`#${CSS.escape(named)}`);
  }
  add("h1");
  return ways;
}

function focusOn(ways) {
  for (const { selector, index } of ways) {
    const all = main().querySelectorAll(selector);
    const place = all[index] || all[0];
    if (!place) continue;
    unfold(place);
    if (!place.getClientRects().length) continue;
    if (!place.matches("a, button, input, select, textarea, summary")) place.tabIndex = -1;
    place.focus();
    if (document.activeElement === place) return;
  }
  main().tabIndex = -1;
  main().focus();
}

// --- toasts ---------------------------------------------------------------------------------------------------------

function say(notice) {
  toasts.append(notice);
  asToast(notice);
}

// Goes by itself once there was time to read it and to undo; an error waits. Nothing goes while it is looked at.
function asToast(notice) {
  notice.append(words("dismiss"));
  takeOver(notice);
  if (notice.matches(".notice-error")) return;
  const seconds = notice.querySelector("form") ? SECONDS.undo : SECONDS.said;
  let left = notice.matches(".notice-warning") ? 2 * seconds : seconds;
  const clock = setInterval(() => {
    if (document.hidden || sheet.open || notice.matches(LOOKED_AT)) return;
    left -= 1;
    if (left > 0) return;
    clearInterval(clock);
    dismiss(notice);
  }, 1000);
}

function dismiss(notice) {
  if (!notice) return;
  const hadFocus = notice.contains(document.activeElement);
  notice.remove();
  if (hadFocus) focusOn(back);
}

for (const notice of [...toasts.children]) asToast(notice);
takeOver(document);
