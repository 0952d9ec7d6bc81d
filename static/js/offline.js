// Starts the worker that keeps opened guides readable without a network, and shows what it has kept.
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

function writeDates() {
  for (const time of document.querySelectorAll("#kept-copy time[datetime]")) {
    const day = new Date(time.dateTime);
    time.textContent = day.toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
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

wearTheme();
writeDates();
if ("serviceWorker" in navigator) startWorker().catch(() => {}); // without it, pages need a network
const kept = document.querySelector("[data-kept]");
if (kept && "caches" in window) listKept(kept);
