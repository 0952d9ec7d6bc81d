// Keeps the handbook readable without a network. docs/guides.md says in words what is kept, and for how long.
//
// Kept: public pages of the handbook that were opened on this device, as a stranger would get them, and the files they
// need. Of the private pages, only the card for the clerk of a SIM that its owner opened; it is thrown away as soon as
// anything is sent to the pages of the account (signing out, signing in). Everything else always comes from the network.
"use strict";

const PAGES = "kzsim-pages-1"; // raise a number when what is kept changes its shape: the old is thrown away
const FILES = "kzsim-files-1";
const OWN = "kzsim-own-1";
const MOST_PAGES = 150;
const MOST_FILES = 60;
const PATIENCE = 4000; // ms for a network that is there but does not answer
const A_DAY = 24 * 60 * 60 * 1000;

const HANDBOOK = /^\/[a-z]{2}(-[a-z]{4})?\/(guides|clerk|offline)\//;
const OWN_CARD = /^\/sims\/\d+\/clerk\/$/;
const ACCOUNT = /^\/(accounts|settings\/delete)\//;
const NOT_FOR_READERS = /^\/(admin|api|mailbox|healthz|calendar)\b/;
const NAMED_BY_CONTENT = /\.[0-9a-f]{12}\.\w+$/;
const KEPT_AT = "x-kept-at";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

async function dropOldCaches() {
  const old = (await caches.keys()).filter((name) => name.startsWith("kzsim-") && ![PAGES, FILES, OWN].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") {
    if (ACCOUNT.test(url.pathname)) event.waitUntil(caches.delete(OWN));
  } else if (request.mode === "navigate") {
    if (HANDBOOK.test(url.pathname)) event.respondWith(handbook(event, url));
    else if (OWN_CARD.test(url.pathname)) event.respondWith(ownCard(event, url));
    else if (!NOT_FOR_READERS.test(url.pathname)) event.respondWith(fetch(request).catch(() => nothingKept(url)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(event, url));
  }
});

self.addEventListener("message", (event) => event.waitUntil(keepAsked(event.data)));

async function keepAsked({ pages, beside, files }) {
  const tries = [
    ...pages.map((path) => keepAgain(new URL(path, self.location.origin))),
    ...beside.map((path) => keepIfOld(new URL(path, self.location.origin))),
    ...files.map((address) => keepFile(new URL(address))),
  ];
  await Promise.allSettled(tries);
}

// --- pages ----------------------------------------------------------------------------------------------

async function handbook(event, url) {
  const kept = await copyOf(url);
  const asked = fetch(event.request);
  event.waitUntil(asked.then((answer) => keepAnswer(url, answer.clone())).catch(() => {}));
  try {
    const answer = await (kept ? Promise.race([asked, patience()]) : asked);
    if (answer && answer.status < 500) return answer;
    return kept ? asACopy(kept) : answer;
  } catch {
    return kept ? asACopy(kept) : nothingKept(url);
  }
}

function patience() {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE, null));
}

async function copyOf(url) {
  return (await caches.open(PAGES)).match(url.pathname, { ignoreVary: true });
}

// An address with a question is not kept: what was asked is the reader's own.
async function keepAnswer(url, answer) {
  if (url.search) return;
  if (answer.status === 404 || answer.status === 410) await (await caches.open(PAGES)).delete(url.pathname);
  if (!answer.ok || answer.type !== "basic") return;
  // What was made for a signed-in reader names them: a stranger's page is asked for instead.
  if (isForAll(answer)) await keepPage(PAGES, url.pathname, answer);
  else await keepAsStranger(url);
}

async function keepAsStranger(url) {
  const answer = await fetch(url.pathname, { credentials: "omit" });
  if (answer.ok && !answer.redirected && isForAll(answer)) await keepPage(PAGES, url.pathname, answer);
}

function isForAll(answer) {
  return /\bpublic\b/.test(answer.headers.get("cache-control"));
}

function keepAgain(url) {
  if (OWN_CARD.test(url.pathname)) return askForOwnCard(url.pathname + url.search, url);
  return HANDBOOK.test(url.pathname) && !url.search ? keepAsStranger(url) : null;
}

async function keepIfOld(url) {
  const kept = await copyOf(url);
  if (!kept || Date.now() - Date.parse(kept.headers.get(KEPT_AT)) > A_DAY) await keepAgain(url);
}

async function keepPage(name, address, answer) {
  const headers = new Headers(answer.headers);
  for (const packing of ["content-encoding", "content-length"]) headers.delete(packing);
  headers.set(KEPT_AT, new Date().toISOString());
  const text = await answer.text(); // all of it: a network that breaks off midway takes nothing away
  const cache = await caches.open(name);
  await cache.delete(address); // so that the newest stand last
  await cache.put(address, new Response(text, { headers }));
  await dropOldest(cache, MOST_PAGES);
}

async function dropOldest(cache, most) {
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - most)).map((request) => cache.delete(request)));
}

// The page as it was kept, with the line above it that says so.
async function asACopy(kept) {
  const day = kept.headers.get(KEPT_AT);
  const page = (await kept.text())
    .replace('id="kept-copy" hidden', 'id="kept-copy"')
    .replace("<time></time>", `<time datetime="${day}">${day.slice(0, 10)}</time>`);
  return new Response(page, { headers: kept.headers });
}

async function nothingKept(url) {
  const cache = await caches.open(PAGES);
  const offline = (await cache.keys()).map((one) => new URL(one.url).pathname).filter((path) => /\/offline\/$/.test(path));
  const inTheirLanguage = offline.find((path) => path.split("/")[1] === url.pathname.split("/")[1]);
  const page = inTheirLanguage || offline.at(-1);
  return page ? cache.match(page, { ignoreVary: true }) : Response.error();
}

// --- the reader's own card for the clerk ----------------------------------------------------------------

async function ownCard(event, url) {
  try {
    return await askForOwnCard(event.request, url);
  } catch {
    const kept = await (await caches.open(OWN)).match(url.pathname + url.search, { ignoreVary: true });
    return kept ? asACopy(kept) : nothingKept(url);
  }
}

async function askForOwnCard(request, url) {
  const answer = await fetch(request);
  const isSignIn = answer.redirected || answer.type === "opaqueredirect";
  if (answer.ok && !isSignIn) await keepPage(OWN, url.pathname + url.search, answer.clone());
  else if (isSignIn || answer.status === 404) await caches.delete(OWN); // nobody is signed in, or somebody else is
  return answer;
}

// --- files ----------------------------------------------------------------------------------------------

async function file(event, url) {
  const kept = await (await caches.open(FILES)).match(url.pathname, { ignoreVary: true });
  if (kept && NAMED_BY_CONTENT.test(url.pathname)) return kept;
  try {
    const answer = await fetch(event.request);
    if (answer.ok && answer.type === "basic") event.waitUntil(putFile(url, answer.clone()));
    return answer;
  } catch {
    return kept || Response.error();
  }
}

async function keepFile(url) {
  if (url.origin !== self.location.origin || !url.pathname.startsWith("/static/")) return;
  if (await (await caches.open(FILES)).match(url.pathname, { ignoreVary: true })) return;
  const answer = await fetch(url);
  if (answer.ok) await putFile(url, answer);
}

async function putFile(url, answer) {
  const cache = await caches.open(FILES);
  await cache.delete(url.pathname);
  await cache.put(url.pathname, answer);
  await dropOldest(cache, MOST_FILES);
}

// --- notifications --------------------------------------------------------------------------------------

const DEVICES = "/reminders/media/devices/";

// Browsers stop the messages of a site that takes one and shows nothing, so one that cannot be read is shown, too.
self.addEventListener("push", (event) => event.waitUntil(showNotification(said(event.data))));

function said(data) {
  try {
    return data.json();
  } catch {
    return { title: "KZSIM" };
  }
}

function showNotification({ title, body, url, tag, lang, icon, open }) {
  const actions = open ? [{ action: "open", title: open }] : [];
  return self.registration.showNotification(title, { body, tag, lang, icon, actions, dir: "auto", data: { url } });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openOnce(ownAddress(event.notification.data?.url)));
});

// Nothing but a page of this site is ever opened.
function ownAddress(address) {
  const { origin } = self.location;
  const url = new URL(address || "/", origin);
  return url.origin === origin ? url.href : new URL("/", origin).href;
}

async function openOnce(address) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = tabs.find((tab) => tab.url === address);
  return open ? open.focus() : self.clients.openWindow(address);
}

// A browser that changes its address at its push service tells us the new one, if its owner is still signed in.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAgain(event)));

async function subscribeAgain({ newSubscription, oldSubscription }) {
  if (!newSubscription && !oldSubscription) return; // the page Reminders offers to switch it on again
  const fresh = newSubscription || (await self.registration.pushManager.subscribe(oldSubscription.options));
  const page = await (await fetch(DEVICES)).text();
  const token = /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page)?.[1];
  const { endpoint, keys } = fresh.toJSON();
  const form = new URLSearchParams({ csrfmiddlewaretoken: token, endpoint, p256dh: keys.p256dh, auth: keys.auth });
  await fetch(`${DEVICES}add/`, { method: "POST", body: form });
}
