// Starts the worker that keeps opened pages readable without a network, shows what it has kept, and lets nothing in a
// copy of the reader's own pages look as if it could be used. Offers to install the site where the browser does.
"use strict";

const about = document.currentScript.dataset;

async function startWorker() {
  // The worker was not there yet when a device's first page was asked for; soon it will look as if it had been.
  const wasThere = Boolean(navigator.serviceWorker.controller);
  await navigator.serviceWorker.register(about.worker, { updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  const files = document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"], script[src]');
  active.postMessage({
    pages: wasThere ? [] : [location.pathname + location.search],
    beside: about.keep.split(" ").filter(Boolean),
    files: [...files].map((file) => file.href || file.src),
  });
}

// A kept page was made for whom it was first shown to: it takes the theme that is chosen now (components/theme.html).
function wearTheme() {
  const chosen = /(?:^|; )theme=(light|dark)(?:;|$)/.exec(document.cookie)?.[1] || "";
  const dark = document.querySelector("link[data-dark]");
  if (dark) dark.media = { light: "not all", dark: "screen" }[chosen] || "screen and (prefers-color-scheme: dark)";
  for (const button of document.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
}

// In English as the rest of the site writes it: 29 November, not November 29.
function language() {
  const { lang } = document.documentElement;
  return lang === "en" ? "en-GB" : lang;
}

function writeDates() {
  for (const time of document.querySelectorAll("#kept-copy time[datetime]")) {
    const day = new Date(time.dateTime);
    time.textContent = day.toLocaleString(language(), { dateStyle: "long", timeStyle: "short" });
  }
}

async function keptPaths() {
  const paths = [];
  for (const name of await caches.keys()) {
    if (!/^kzsim-(pages|own)-/.test(name)) continue;
    for (const { url } of await (await caches.open(name)).keys()) paths.push(url.slice(location.origin.length));
  }
  return paths;
}

// In a copy of an own page only what can be read is left to tap: other copies, and what stands on the page itself.
async function makeReadOnly() {
  for (const one of document.querySelectorAll("main :is(button, input, select, textarea)")) one.disabled = true;
  const paths = await keptPaths();
  for (const link of document.querySelectorAll("main a[href]")) {
    const isHere = link.getAttribute("href").startsWith("#");
    const isElsewhere = link.protocol !== location.protocol; // a code to dial works without a network
    if (isHere ? !link.matches(".btn") : isElsewhere || paths.includes(link.pathname + link.search)) continue;
    link.removeAttribute("href");
    link.setAttribute("role", "link");
    link.setAttribute("aria-disabled", "true");
  }
}

async function listKept(section) {
  const list = section.querySelector("ul");
  for (const name of await caches.keys()) {
    if (!/^kzsim-(pages|own)-/.test(name)) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const { pathname, search } = new URL(request.url);
      if (pathname.endsWith("/offline/")) continue;
      const page = new DOMParser().parseFromString(await (await cache.match(request)).text(), "text/html");
      const link = document.createElement("a");
      link.href = pathname + search;
      link.lang = page.documentElement.lang;
      link.textContent = page.title.split(" · ").slice(0, -1).join(" · ") || about.untitled;
      const row = document.createElement("li");
      row.append(link);
      list.append(row);
    }
  }
  section.hidden = !list.children.length;
}

// Where the browser offers to install the site, a button does; elsewhere there is none.
function offerToInstall() {
  let offer = null;
  const show = (isShown) => {
    for (const button of document.querySelectorAll("[data-install]")) button.hidden = !isShown;
  };
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    show(true);
  });
  window.addEventListener("appinstalled", () => show(false));
  document.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-install]") || !offer) return;
    offer.prompt();
    show(false);
  });
}

wearTheme();
writeDates();
offerToInstall();
if (document.querySelector("html[data-copy] #kept-copy[data-own]")) makeReadOnly();
if ("serviceWorker" in navigator) startWorker().catch(() => {}); // without it, pages need a network
const kept = document.querySelector("[data-kept]");
if (kept && "caches" in window) listKept(kept);
