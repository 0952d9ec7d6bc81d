// Switches the notifications on this device on and off, and shows which of the two they are.

const section = document.querySelector("[data-push]");

function show(state) {
  for (const part of section.querySelectorAll("[data-push-state]")) part.hidden = part.dataset.pushState !== state;
}

function isSupported() {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

// An iPhone offers notifications only to sites on its home screen; an iPad calls itself a Mac.
function isIphone() {
  return /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
}

async function stateNow() {
  if (!isSupported()) return isIphone() ? "iphone" : "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const found = await subscription();
  const row = found && isForOurKey(found) && (await rowOf(found));
  if (!row || "stopped" in section.dataset) return "off";
  section.querySelector("[data-push-state=on] [name=device]").value = row.dataset.device;
  row.querySelector("[data-this-device]").hidden = false;
  return "on";
}

async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration();
  return worker ? worker.pushManager.getSubscription() : null;
}

function isForOurKey({ options }) {
  const key = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)));
  return key.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === section.dataset.push;
}

// The list names a device by the beginning of its endpoint's hash.
async function rowOf({ endpoint }) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  const id = [...hash.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return section.querySelector(`[data-device="${id}"]`);
}

async function switchOn() {
  if ((await Notification.requestPermission()) !== "granted") return show(await stateNow());
  await navigator.serviceWorker.register(section.dataset.worker, { updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // it was another account's, or for another key
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: section.dataset.push });
  const { endpoint, keys } = made.toJSON();
  const form = section.querySelector("[data-push-state=off] form");
  for (const [name, value] of Object.entries({ endpoint, ...keys })) if (form.elements[name]) form.elements[name].value = value;
  form.submit();
}

async function startSwitches() {
  const button = section.querySelector("[data-push-state=off] button");
  const failed = section.querySelector("[data-push-failed]");
  section.querySelector("[data-push-state=off] form").addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = failed.hidden = true;
    await switchOn().catch(() => (failed.hidden = false));
    button.disabled = false;
  });
  // The browser forgets what its owner switches off here, even before we do.
  section.querySelector("[data-push-state=on] form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await (await subscription())?.unsubscribe().catch(() => {});
    event.target.submit();
  });
  show(await stateNow());
}

if (section) startSwitches();
