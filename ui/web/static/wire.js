// The wire: every request of the page goes through here, and every reply is applied here.
// Gradio runs this and what follows once, with `element` (the page's root), `trigger` (sends an
// event to the server) and `upload`. HTML arrives escaped from the server and is only placed here;
// what a person typed is only ever set as text.
"use strict";

const find = (id) => document.getElementById(id);
const KEY_BROWSER = "onrecord.browser";
const MAX_WAIT_MS = 60000;
const LISTEN_AGAIN_MS = 2500;
const ANNOUNCE_AFTER_MS = 150;
const HIDE_NOTICE_AFTER_MS = 8000;
// Characters that show nothing or turn the reading direction; the server leaves out the same.
const UNSEEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;

/** Read what this browser remembers under a key, or remember a value. */
function remember(storage, key, value) {
  try {
    if (value === undefined) return window[storage].getItem(key) || "";
    window[storage].setItem(key, value);
  } catch {
    // A browser may forbid it; then nothing outlasts the tab.
  }
  return value || "";
}

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let browser = remember("localStorage", KEY_BROWSER);
if (!/^[0-9a-f]{32}$/.test(browser)) browser = remember("localStorage", KEY_BROWSER, newToken());

// ---- Requests

// The server answers a click at once; what takes longer, and its turn, are events of their own.
const EVENTS = { ask: "submit", people: "submit", timeline: "submit", draft: "submit", add: "upload" };

let waiting = []; // clicks, which are sent one at a time
const underWay = new Map(); // what was sent and is not answered yet, by id
let current = null;

/**
 * Send a request; return its reply, the last one if it is answered in parts.
 *
 * `onReply` sees each reply first, and keeps it from being applied by returning false. With
 * `isLatest`, waiting requests for the same action are dropped: only the newest counts.
 */
function send(payload, { onReply = null, isLatest = false } = {}) {
  return new Promise((resolve) => {
    const event = EVENTS[payload.do];
    const request = { id: newToken(), ...payload, browser };
    const entry = { request, event, onReply, resolve };
    if (event) {
      dispatch(entry);
      return;
    }
    const isOld = (one) => isLatest && one.request.do === payload.do;
    waiting.filter(isOld).forEach((one) => one.resolve({ isDropped: true }));
    waiting = waiting.filter((one) => !isOld(one));
    waiting.push(entry);
    sendNext();
  });
}

function dispatch(entry) {
  underWay.set(entry.request.id, entry);
  trigger(entry.event || "click", entry.request);
}

function sendNext() {
  if (current || !waiting.length) return;
  current = waiting.shift();
  const { id } = current.request;
  const error = "The server does not answer.";
  current.timer = setTimeout(() => receive({ id, error }), MAX_WAIT_MS);
  dispatch(current);
}

function receive(reply) {
  const entry = underWay.get(reply.id);
  if (!entry) return;
  if (entry.onReply?.(reply) !== false) apply(reply);
  if (entry.event && !reply.done) return;
  underWay.delete(reply.id);
  clearTimeout(entry.timer);
  entry.resolve(reply);
  if (entry !== current) return;
  current = null;
  sendNext();
}

const afterReplies = []; // functions to call after each reply

/** Do what a reply says: new parts of the page, one exchange, a line for the reader. */
function apply(reply) {
  for (const [id, html] of Object.entries(reply.slots || {})) {
    const slot = find(id);
    const isKept = slot?.matches("select, [data-kept]") && slot.shown === html; // it may be open
    if (!slot || isKept) continue;
    slot.shown = html;
    slot.innerHTML = html;
  }
  if (reply.exchange) placeExchange(reply.exchange);
  if (reply.announce) announce(reply.announce);
  if (reply.error) notify(reply.error, { isError: true });
  else if (reply.notice) notify(reply.notice);
  afterReplies.forEach((call) => call());
}

document.addEventListener("onrecord:reply", (event) => {
  try {
    receive(JSON.parse(event.detail));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // Gradio tells of an empty value first
  }
});

// Gradio's server ends its stream of replies when none is due. A request that leaves the page just
// then takes the old stream for its own, and hears nothing until another request opens a new
// one. So another is sent a little later, for as long as a reply is due.
let listening = 0;
function listenAgain() {
  clearTimeout(listening);
  listening = setTimeout(() => {
    trigger("click", { do: "listen", id: newToken(), browser });
    if (underWay.size) listenAgain();
  }, LISTEN_AGAIN_MS);
}

// Gradio does not say why an event was not taken; a reader must hear it.
const plainFetch = window.fetch;
window.fetch = async function (...given) {
  const isEvent = String(given[0]?.url || given[0]).includes("/gradio_api/queue/join");
  const body = String(given[1]?.body || "");
  try {
    const response = await plainFetch.apply(this, given);
    if (isEvent && !body.includes('"do":"listen"')) listenAgain();
    if (isEvent && !response.ok) {
      const isBusy = response.status === 503 || response.status === 429;
      refuse(body, isBusy
        ? "Busy: many questions are waiting already. Try again in a moment."
        : `The server refused this (${response.status}). Reload the page.`);
    }
    return response;
  } catch (error) {
    if (isEvent) refuse(body, "The server does not answer. Is it still running?");
    throw error;
  }
};

function refuse(body, error) {
  for (const id of [...underWay.keys()]) {
    if (body.includes(id)) receive({ id, error, isRefused: true, done: true });
  }
}

// ---- Words for the reader

let announcing = 0;
function announce(text) {
  clearTimeout(announcing);
  find("announcer").textContent = "";
  announcing = setTimeout(() => (find("announcer").textContent = text), ANNOUNCE_AFTER_MS);
}

let fading = 0;
let undoNotice = null;
function notify(text, { undo = null, isError = false } = {}) {
  clearTimeout(fading);
  const { view } = document.body.dataset;
  if (view !== "chat") {
    const line = document.createElement("p");
    line.className = isError ? "trouble" : "done";
    line.setAttribute("role", isError ? "alert" : "status");
    line.textContent = text.replace(UNSEEN, "");
    find(`${view}-notice`).replaceChildren(line);
    return;
  }
  if (!undo && !isError) fading = setTimeout(dismissNotice, HIDE_NOTICE_AFTER_MS);
  find("notice").classList.toggle("error", isError);
  find("notice-text").textContent = text.replace(UNSEEN, "");
  find("notice-undo").hidden = !undo;
  find("notice").hidden = false;
  undoNotice = undo;
  announce(undo ? `${text} You can undo this.` : text);
}

function dismissNotice() {
  const hadFocus = find("notice").contains(document.activeElement);
  find("notice").hidden = true;
  undoNotice = null;
  if (hadFocus) find("question").focus();
}

find("notice-close").addEventListener("click", dismissNotice);
find("notice-undo").addEventListener("click", () => {
  const undo = undoNotice;
  dismissNotice();
  undo?.();
});

// ---- Exchanges

/** Make the old nodes like the new ones, touching only what differs, so that focus stays. */
function morph(before, after) {
  if (before.nodeType !== after.nodeType || before.nodeName !== after.nodeName) {
    before.replaceWith(after);
    return;
  }
  if (before.nodeType !== Node.ELEMENT_NODE) {
    if (before.nodeValue !== after.nodeValue) before.nodeValue = after.nodeValue;
    return;
  }
  // What was found out since is no part of the answer.
  if (before.matches(".since") && after.matches(".since")) return;
  for (const { name } of [...before.attributes]) {
    if (!after.hasAttribute(name) && name !== "open") before.removeAttribute(name);
  }
  for (const { name, value } of after.attributes) {
    if (before.getAttribute(name) !== value) before.setAttribute(name, value);
  }
  const old = [...before.childNodes];
  const fresh = [...after.childNodes];
  fresh.forEach((node, place) => (old[place] ? morph(old[place], node) : before.append(node)));
  old.slice(fresh.length).forEach((node) => node.remove());
}

function placeExchange({ number, html }) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  const old = find(`exchange-${number}`);
  if (old) morph(old, fresh);
  else {
    find("thread").querySelector(".welcome")?.remove();
    find("thread").append(fresh);
  }
}

// ---- Views: what their addresses say, and how they are opened from there

const views = new Map();

/** Tell that a view shows something else, which has an address of its own. */
const noteMove = () => document.dispatchEvent(new Event("onrecord:move"));

// ---- The filter, which Sources and Chat share

let filter = null;
document.addEventListener("onrecord:filter", ({ detail }) => (filter = detail.only));

/** Filter by something else, or by nothing; `chips` name its parts, `by` says where it was set. */
function setFilter(only, chips, by) {
  document.dispatchEvent(new CustomEvent("onrecord:filter", { detail: { only, chips, by } }));
}

/** Return a filter without its empty parts; null for none. */
function packFilter(only) {
  const parts = Object.entries(only || {}).filter(([, value]) => value && value.length !== 0);
  return parts.length ? Object.fromEntries(parts) : null;
}
