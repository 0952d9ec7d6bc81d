// Keeps pages readable without a network. docs/guides.md says in words what is kept, and for how long.
//
// Kept: public pages of the handbook that were opened on this device, as a stranger would get them, and the files they
// need. Of the private pages, the dashboard, the SIMs that were opened and their cards for the clerk: to read only, for
// the one reader that the site last named, for thirty days, and until anything is sent to the pages of the account
// (signing out or in, settings, the language) or the site answers somebody else. All else comes from the network.
"use strict";

const PAGES = "kzsim-pages-1"; // raise a number when what is kept changes its shape: the old is thrown away
const FILES = "kzsim-files-1";
const OWN = "kzsim-own-2-"; // and whose they are
const MOST_PAGES = 150;
const MOST_OWN = 30;
const MOST_FILES = 60;
const PATIENCE = 4000; // ms for a network that is there but does not answer
const PATIENCE_FOR_OWN = 8000; // what is of today is worth waiting for
const A_DAY = 24 * 60 * 60 * 1000;
const OWN_LAST = 30 * A_DAY;

const HANDBOOK = /^\/[a-z]{2}(-[a-z]{4})?\/(guides|clerk|offline)\//;
const DASHBOARD = "/dashboard/";
const OWN_PAGE = /^\/(dashboard\/|sims\/\d+\/(clerk\/)?)$/;
const ACCOUNT = /^\/(accounts|settings|language)\//;
const SHARE = "/share/";
const LONGEST_SHARE = 4500; // characters of an address: signing in on the way makes it longer, and servers take 8190
const NOT_FOR_READERS = /^\/(admin|api|mailbox|healthz|calendar)\b/;
const NAMED_BY_CONTENT = /\.[0-9a-f]{12}\.\w+$/;
const KEPT_AT = "x-kept-at";
const READER = "x-reader"; // whom an answer was made for, as a name that says nothing
const NOBODY = "nobody";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([dropOldCaches(), dropExpired()]).then(() => self.clients.claim()));
});

async function dropOldCaches() {
  const isOfToday = (name) => [PAGES, FILES].includes(name) || name.startsWith(OWN);
  await dropCaches((name) => name.startsWith("kzsim-") && !isOfToday(name));
}

async function dropCaches(isToGo) {
  await Promise.all((await caches.keys()).filter(isToGo).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") {
    changedAt = Date.now();
    if (ACCOUNT.test(url.pathname)) event.waitUntil(forgetOwn());
  } else if (request.mode === "navigate") {
    if (HANDBOOK.test(url.pathname)) event.respondWith(handbook(event, url));
    else if (OWN_PAGE.test(url.pathname)) event.respondWith(ownPage(event, url));
    else if (url.pathname === SHARE && url.href.length > LONGEST_SHARE) event.respondWith(sharedTooMuch());
    else if (!NOT_FOR_READERS.test(url.pathname)) event.respondWith(ask(event).catch(() => nothingKept(url)));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(event, url));
  }
});

// The page as the network has it. Whom it was made for decides whose copies may stay.
async function ask(event) {
  const answer = await fetch(event.request);
  event.waitUntil(noteReader(answer));
  return answer;
}

// What no server would take as an address.
function sharedTooMuch() {
  return Response.redirect(`${SHARE}?long=yes`, 302);
}

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
  const asked = ask(event);
  event.waitUntil(asked.then((answer) => keepAnswer(url, answer.clone())).catch(() => {}));
  try {
    const answer = await (kept ? Promise.race([asked, patience(PATIENCE)]) : asked);
    if (answer && answer.status < 500) return answer;
    return kept ? asACopy(kept) : answer;
  } catch {
    return kept ? asACopy(kept) : nothingKept(url);
  }
}

function patience(time) {
  return new Promise((resolve) => setTimeout(resolve, time, null));
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
  if (OWN_PAGE.test(url.pathname)) return askForOwn(url);
  return HANDBOOK.test(url.pathname) && !url.search ? keepAsStranger(url) : null;
}

async function keepIfOld(url) {
  const kept = await copyOf(url);
  if (!kept || Date.now() - Date.parse(kept.headers.get(KEPT_AT)) > A_DAY) await keepAgain(url);
}

async function keepPage(name, address, answer) {
  const copy = await toKeep(answer);
  const cache = await caches.open(name);
  await cache.delete(address); // so that the newest stand last
  await cache.put(address, copy);
  await dropOldest(cache, MOST_PAGES);
}

async function toKeep(answer, change = (text) => text) {
  const headers = new Headers(answer.headers);
  for (const packing of ["content-encoding", "content-length"]) headers.delete(packing);
  headers.set(KEPT_AT, new Date().toISOString());
  const text = await answer.text(); // all of it: a network that breaks off midway takes nothing away
  return new Response(change(text), { headers });
}

async function dropOldest(cache, most, never = "") {
  const all = (await cache.keys()).filter((request) => new URL(request.url).pathname !== never);
  await Promise.all(all.slice(0, Math.max(0, all.length - most)).map((request) => cache.delete(request)));
}

// The page as it was kept, with the line above it that says so.
async function asACopy(kept) {
  const day = kept.headers.get(KEPT_AT);
  const page = (await kept.text())
    .replace("<html ", "<html data-copy ")
    .replace('id="kept-copy" hidden', 'id="kept-copy"')
    .replace("<time></time>", `<time datetime="${day}">${day.slice(0, 16).replace("T", " ")} UTC</time>`);
  return new Response(page, { headers: kept.headers });
}

async function nothingKept(url) {
  const own = await ownCopy(new URL(DASHBOARD, url));
  if (own && url.pathname === "/") return Response.redirect(DASHBOARD, 302);
  const languages = [url.pathname.split("/")[1], own?.headers.get("content-language")];
  const cache = await caches.open(PAGES);
  const offline = (await cache.keys()).map((one) => new URL(one.url).pathname).filter((path) => /\/offline\/$/.test(path));
  const inTheirLanguage = offline.find((path) => languages.includes(path.split("/")[1]));
  const page = inTheirLanguage || offline.at(-1);
  return page ? cache.match(page, { ignoreVary: true }) : Response.error();
}

// --- the reader's own pages -----------------------------------------------------------------------------

let forgotten = 0; // how often: a page on its way when its reader signs out is not kept after that
let changedAt = 0;

async function ownPage(event, url) {
  const kept = await ownCopy(url);
  const before = forgotten;
  const asked = fetch(event.request);
  event.waitUntil(asked.then((answer) => keepOwnAnswer(url, answer.clone(), before)).catch(() => {}));
  try {
    // What was just changed is never shown as it was before only because the network is slow.
    const isTrue = kept && Date.parse(kept.headers.get(KEPT_AT)) > changedAt;
    const answer = await (isTrue ? Promise.race([asked, patience(PATIENCE_FOR_OWN)]) : asked);
    if (answer && answer.status < 500) return answer;
    return kept ? asACopy(kept) : answer;
  } catch {
    return kept ? asACopy(kept) : withoutItsQuestion(url);
  }
}

// A filter or a page of the list was not kept, but the list was, and its address says which of them is shown.
async function withoutItsQuestion(url) {
  const plain = new URL(url.pathname, url.origin);
  return url.search && (await ownCopy(plain)) ? Response.redirect(plain, 302) : nothingKept(url);
}

async function askForOwn(url) {
  const before = forgotten;
  await keepOwnAnswer(url, await fetch(url.pathname + url.search), before);
}

async function keepOwnAnswer(url, answer, before) {
  await noteReader(answer);
  // It wants somebody to sign in; but a question in the address may lead to what was asked for.
  if (answer.redirected || answer.type === "opaqueredirect") await (url.search ? null : forgetOwn());
  else if (answer.ok) await keepOwn(url, answer, before);
  else if (answer.status === 404) await dropOwn(url);
}

async function keepOwn(url, answer, before) {
  const reader = answer.headers.get(READER);
  if (!reader || reader === NOBODY || (url.search && !url.pathname.endsWith("/clerk/"))) return;
  const language = answer.headers.get("content-language");
  const copy = await toKeep(answer, toReadOnly);
  const cache = await caches.open(OWN + reader);
  await dropWhere(cache, (one) => one.headers.get("content-language") !== language);
  await dropOwn(url); // so that the newest stand last
  await cache.put(url.pathname + url.search, copy);
  await dropOldest(cache, MOST_OWN, DASHBOARD);
  if (before !== forgotten) await forgetOwn();
}

// Nothing in a copy can be sent: neither by a form, nor by htmx, nor with the key that a form needs.
function toReadOnly(text) {
  return text
    .replace(/<input[^>]*\bcsrfmiddlewaretoken\b[^>]*>/g, "")
    .replace(/\s(?:data-)?hx-[a-z:-]+=(?:"[^"]*"|'[^']*')/g, "")
    .replace(/\sdata-sheet(?:="[^"]*")?(?=[\s>])/g, "")
    .replace(/<form\b[^>]*\bmethod=["']?post\b[^>]*>/gi, '<form method="dialog" data-off>');
}

// One reader's copies at a time: those of another are thrown away as soon as the site says who reads.
async function noteReader(answer) {
  const reader = answer.headers.get(READER);
  if (reader === NOBODY) await forgetOwn();
  else if (reader) await dropCaches((name) => name.startsWith(OWN) && name !== OWN + reader);
}

async function forgetOwn() {
  forgotten += 1;
  await dropCaches((name) => name.startsWith(OWN));
}

async function ownCaches() {
  const names = (await caches.keys()).filter((name) => name.startsWith(OWN));
  return Promise.all(names.map((name) => caches.open(name)));
}

// None where it could be another's: with two readers' copies on the device, nobody's are shown.
async function ownCopy(url) {
  await dropExpired();
  const all = await ownCaches();
  return all.length === 1 ? all[0].match(url.pathname + url.search, { ignoreVary: true }) : undefined;
}

async function dropOwn(url) {
  for (const cache of await ownCaches()) await cache.delete(url.pathname + url.search);
}

async function dropExpired() {
  const isOver = (one) => Date.now() - Date.parse(one.headers.get(KEPT_AT)) > OWN_LAST;
  for (const cache of await ownCaches()) await dropWhere(cache, isOver);
}

async function dropWhere(cache, isToGo) {
  for (const request of await cache.keys()) {
    const one = await cache.match(request, { ignoreVary: true });
    if (one && isToGo(one)) await cache.delete(request);
  }
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
