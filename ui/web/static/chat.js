// The chat page's behaviour. Gradio runs this once, with `element` (the page's root) and `trigger`
// (sends an event to the server). HTML arrives escaped from the server and is only placed here;
// what a person typed is only ever set as text.
"use strict";

const find = (id) => document.getElementById(id);
const KEY_BROWSER = "onrecord.browser";
const KEY_OPEN = "onrecord.conversation";
const MAX_WAIT_MS = 20000;
const LISTEN_AGAIN_MS = 2500;
const ANNOUNCE_AFTER_MS = 150;
const HIDE_CARD_AFTER_MS = 220;
const HIDE_NOTICE_AFTER_MS = 8000;
const EXAMPLE_LOOK_MS = 400;
const MAX_EXAMPLE_LOOKS = 30;
const NARROW = matchMedia("(max-width: 52rem)");
// What shows nothing or turns the reading direction, as the server leaves it out.
const UNSEEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;

document.documentElement.lang = "en";
document.body.dataset.view = "chat";

// ---- What is remembered by this browser

function remember(storage, key, value) {
  try {
    if (value === undefined) return window[storage].getItem(key) || "";
    window[storage].setItem(key, value);
  } catch {
    // A browser may forbid it; the page then forgets with its tab.
  }
  return value || "";
}

function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let browser = remember("localStorage", KEY_BROWSER);
if (!/^[0-9a-f]{32}$/.test(browser)) browser = remember("localStorage", KEY_BROWSER, newToken());

const state = {
  conversation: remember("sessionStorage", KEY_OPEN) || remember("localStorage", KEY_OPEN),
  asking: null,
  editing: null,
  citation: null,
  opener: null,
  cameFrom: "",
  opening: 0,
  undo: null,
  isReady: false,
};

function setConversation(conversation) {
  state.conversation = conversation;
  remember("sessionStorage", KEY_OPEN, conversation);
  remember("localStorage", KEY_OPEN, conversation);
  for (const item of find("conversation-list").querySelectorAll("li[data-conversation]")) {
    const open = item.querySelector(".open");
    if (item.dataset.conversation === conversation) open.setAttribute("aria-current", "true");
    else open.removeAttribute("aria-current");
  }
  showBar();
}

// ---- The wire: one short request at a time, and one question at a time

const waiting = [];
let current = null;

function act(payload) {
  return new Promise((resolve) => {
    waiting.push({ payload, resolve });
    next();
  });
}

function next() {
  if (current || !waiting.length) return;
  current = waiting.shift();
  current.id = newToken();
  current.timer = setTimeout(() => settle(current, { error: "The server does not answer." }), MAX_WAIT_MS);
  trigger("click", { ...current.payload, id: current.id, browser });
}

function settle(request, reply) {
  if (!request || request !== current) return;
  clearTimeout(request.timer);
  current = null;
  follow(reply);
  request.resolve(reply);
  next();
}

document.addEventListener("onrecord:reply", (event) => {
  let reply;
  try {
    reply = JSON.parse(event.detail);
  } catch {
    return;
  }
  if (current && reply.id === current.id) settle(current, reply);
  else if (state.asking && reply.id === state.asking.id) grow(reply);
});

// Gradio's server ends its stream of replies when none is due. A request that leaves the page just
// then takes the old stream for its own, and hears nothing until another request opens a new
// one. So another is sent, a little later, for as long as a reply is due.
let listening = 0;
function listenAgain() {
  clearTimeout(listening);
  listening = setTimeout(() => {
    trigger("click", { do: "listen", id: newToken(), browser });
    if (current || state.asking) listenAgain();
  }, LISTEN_AGAIN_MS);
}

// Gradio keeps to itself why an event never began; a reader must hear it.
const plainFetch = window.fetch;
window.fetch = async function (...given) {
  const isEvent = String(given[0]?.url || given[0]).includes("/gradio_api/queue/join");
  try {
    const response = await plainFetch.apply(this, given);
    if (isEvent && !String(given[1]?.body).includes('"do":"listen"')) listenAgain();
    if (isEvent && !response.ok) {
      const busy = response.status === 503 || response.status === 429;
      fail(busy ? "Busy: many questions wait already. Try again in a moment." : `The server refused this (${response.status}); reload the page.`, given);
    }
    return response;
  } catch (error) {
    if (isEvent) fail("The server does not answer; is 'onrecord serve' still running?", given);
    throw error;
  }
};

function fail(why, given) {
  const body = String(given[1]?.body || "");
  document.dispatchEvent(new CustomEvent("onrecord:failed", { detail: { why, body } }));
  if (current && body.includes(current.id)) settle(current, { error: why });
  if (state.asking && body.includes(state.asking.id)) {
    const error = document.createElement("p");
    error.className = "error";
    error.textContent = why;
    const answer = state.asking.element?.querySelector(".answer");
    if (answer) answer.replaceChildren(error);
    state.asking.element.dataset.state = "failed";
    find("question").value = state.asking.element.querySelector(".question").dataset.question;
    fitQuestion();
    announce(why);
    finishAsking();
  }
}

/** Do what a reply says: parts of the page, one answer, a line for the reader. */
function follow(reply) {
  for (const [id, html] of Object.entries(reply.slots || {})) {
    const slot = find(id);
    if (slot) slot.innerHTML = html;
  }
  if (reply.exchange) placeExchange(reply.exchange);
  if (reply.announce) announce(reply.announce);
  if (reply.error) notify(reply.error, { isError: true });
  else if (reply.notice) notify(reply.notice);
  showBar();
}

// ---- Words for the reader

let announcing = 0;
function announce(text) {
  clearTimeout(announcing);
  find("announcer").textContent = "";
  announcing = setTimeout(() => (find("announcer").textContent = text), ANNOUNCE_AFTER_MS);
}

let fading = 0;
function notify(text, { undo = null, isError = false } = {}) {
  clearTimeout(fading);
  if (!undo && !isError) fading = setTimeout(dismissNotice, HIDE_NOTICE_AFTER_MS);
  find("notice").classList.toggle("error", isError);
  find("notice-text").textContent = text;
  find("notice-undo").hidden = !undo;
  find("notice").hidden = false;
  state.undo = undo;
  announce(undo ? `${text} Undo is possible.` : text);
}

function dismissNotice() {
  const hadFocus = find("notice").contains(document.activeElement);
  find("notice").hidden = true;
  state.undo = null;
  if (hadFocus) find("question").focus();
}

find("notice-close").addEventListener("click", dismissNotice);
find("notice-undo").addEventListener("click", () => {
  const undo = state.undo;
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
  return find(`exchange-${number}`);
}

/** Scroll the column of a part, and nothing around it, so that it stands at a share of its height. */
function showAt(part, share = 0) {
  const column = part?.closest("#thread-scroll, #article");
  if (!column) return;
  const distance = part.getBoundingClientRect().top - column.getBoundingClientRect().top;
  column.scrollTop += distance - share * column.clientHeight - (share ? 0 : 4);
}

function lastExchange() {
  return find("thread").querySelector(".exchange:last-of-type");
}

function showBar() {
  const has = Boolean(find("thread").querySelector(".exchange"));
  find("conversation-bar").hidden = !has;
  find("conversation-bar").querySelector(".tools").hidden = !state.conversation;
  const open = find("conversation-list").querySelector(".open[aria-current] .title");
  find("conversation-title").textContent = open?.textContent || "Conversation";
}

// ---- Asking

function ask(question, { replace = null, asIs = false } = {}) {
  const text = question.trim();
  if (!text || state.asking) return;
  stopEditing();
  dismissNotice();
  showView("chat");
  const last = lastExchange();
  const number = replace ?? (last ? Number(last.dataset.number) + 1 : 1);
  const element = pendingExchange(number, text, replace !== null);
  state.asking = { id: newToken(), number, element };
  find("send").hidden = true;
  find("stop").hidden = false;
  find("question").value = "";
  fitQuestion();
  showBar();
  showAt(element);
  announce("Reading the articles.");
  trigger("submit", {
    id: state.asking.id, browser, question: text, conversation: state.conversation,
    replace, as_is: asIs, only: state.only ?? null,
  });
}

/** Show a question at once, before the server has said anything. */
function pendingExchange(number, question, isReplaced) {
  const exchange = document.createElement("article");
  exchange.className = "exchange";
  exchange.id = `exchange-${number}`;
  exchange.dataset.number = number;
  exchange.dataset.state = "growing";
  exchange.setAttribute("aria-busy", "true");
  exchange.setAttribute("aria-labelledby", `question-${number}`);
  const heading = document.createElement("h3");
  heading.className = "question";
  heading.id = `question-${number}`;
  heading.dir = "auto";
  heading.dataset.question = question;
  const label = document.createElement("span");
  label.className = "label";
  label.textContent = "You asked: ";
  heading.append(label, question.replace(UNSEEN, ""));
  const answer = document.createElement("div");
  answer.className = "answer";
  const working = document.createElement("p");
  working.className = "working";
  const dots = document.createElement("span");
  dots.className = "dots";
  working.append(dots, "Reading the articles…");
  answer.append(working);
  exchange.append(heading, answer);
  const old = isReplaced ? find(exchange.id) : null;
  if (old) old.replaceWith(exchange);
  else {
    find("thread").querySelector(".welcome")?.remove();
    lastExchange()?.querySelector('[data-do="undo"]')?.remove();
    find("thread").append(exchange);
  }
  return exchange;
}

function grow(reply) {
  if (reply.exchange && reply.exchange.number !== state.asking.number) {
    // What failed was not kept, and its number is given again.
    find(`exchange-${reply.exchange.number}`)?.remove();
    state.asking.element.id = `exchange-${reply.exchange.number}`;
    state.asking.number = reply.exchange.number;
  }
  const { done } = reply;
  if (done && reply.data) setConversation(reply.data.conversation);
  follow(reply);
  if (done && !reply.exchange) state.asking.element.remove();
  if (!done) return;
  const last = lastExchange();
  for (const undo of find("thread").querySelectorAll('[data-do="undo"]')) {
    if (undo.closest(".exchange") !== last) undo.remove();
  }
  finishAsking();
}

function finishAsking() {
  state.asking?.element?.removeAttribute("aria-busy");
  state.asking = null;
  const hadFocus = document.activeElement === find("stop");
  find("stop").hidden = true;
  find("send").hidden = false;
  if (hadFocus) find("question").focus();
}

function stopAsking() {
  if (state.asking) act({ do: "stop", ask: state.asking.id });
}

function fitQuestion() {
  const field = find("question");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
  const left = field.maxLength - field.value.length;
  find("question-length").textContent = left < 200 ? `${left} characters left.` : "";
}

function edit(number, text, kind) {
  state.editing = { number, asIs: kind === "correct" };
  find("editing-text").textContent =
    kind === "correct"
      ? "Say what you meant; the answer is then replaced."
      : "Asking again replaces this question and its answer.";
  find("editing").hidden = false;
  const field = find("question");
  field.value = text;
  fitQuestion();
  field.focus();
  field.setSelectionRange(text.length, text.length);
}

function stopEditing() {
  state.editing = null;
  find("editing").hidden = true;
}

// The filter of the Sources view, which questions are asked under as well.
document.addEventListener("onrecord:filter", ({ detail }) => {
  state.only = detail.only;
  find("filter-label").textContent = detail.label;
  find("filter-line").hidden = !detail.only;
});
find("clear-filter").addEventListener("click", () => {
  const detail = { only: null, label: "", by: "chat" };
  document.dispatchEvent(new CustomEvent("onrecord:filter", { detail }));
  find("question").focus();
});

find("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const { editing } = state;
  ask(find("question").value, editing ? { replace: editing.number, asIs: editing.asIs } : {});
});
find("question").addEventListener("input", fitQuestion);
find("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    find("composer").requestSubmit();
  } else if (event.key === "Escape") {
    if (state.editing) cancelEditing();
    else stopAsking();
  }
});
find("stop").addEventListener("click", stopAsking);
find("cancel-editing").addEventListener("click", cancelEditing);

function cancelEditing() {
  stopEditing();
  find("question").value = "";
  fitQuestion();
  find("question").focus();
}

// ---- Taking it along

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    notify(said);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    notify(done ? said : "This browser does not let the page copy; download it instead.");
  }
}

function save({ name, kind, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function take(format, exchange, isCopy) {
  const reply = await act({ do: "export", conversation: state.conversation, exchange, format });
  if (!reply.data) return;
  if (isCopy) await copy(reply.data.text, "Copied, with references.");
  else {
    save(reply.data);
    notify(`Saved as ${reply.data.name}.`);
  }
}

function linkTo(question) {
  const link = new URL(location.pathname, location.origin);
  link.searchParams.set("q", question);
  return link.href;
}

// ---- Conversations

async function openConversation(conversation, { focus = true } = {}) {
  if (state.asking) stopAsking();
  state.asking = null;
  finishAsking();
  stopEditing();
  closeArticle({ focus: false });
  const reply = await act({ do: "start", conversation });
  if (!reply.data) return;
  state.isReady = reply.data.is_ready;
  setConversation(reply.data.conversation);
  const last = lastExchange();
  if (last) showAt(last);
  else if (state.isReady) showExamples();
  if (focus) find("question").focus();
  showDrawer(false);
}

function startRenaming(item) {
  const open = item.querySelector(".open");
  const title = item.querySelector(".title").textContent;
  const field = document.createElement("input");
  field.value = title;
  field.maxLength = 80;
  field.className = "rename";
  field.setAttribute("aria-label", "New title");
  open.hidden = true;
  open.before(field);
  field.focus();
  field.select();
  let isOver = false;
  const finish = async (keep) => {
    if (isOver) return;
    isOver = true;
    const { conversation } = item.dataset;
    if (keep && field.value.trim() && field.value !== title) {
      await act({ do: "rename", conversation, title: field.value, shown: state.conversation });
    }
    field.remove();
    open.hidden = false;
    find("conversation-list").querySelector(`[data-conversation="${conversation}"] .open`)?.focus();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") finish(false);
    event.stopPropagation();
  });
  field.addEventListener("blur", () => finish(true));
}

async function deleteConversation(item) {
  const { conversation } = item.dataset;
  const wasOpen = conversation === state.conversation;
  const reply = await act({ do: "delete", conversation, shown: state.conversation });
  if (reply.error) return;
  const undo = async () => {
    await act({ do: "restore", conversation, shown: state.conversation });
    if (wasOpen) openConversation(conversation);
  };
  if (wasOpen) await openConversation("", { focus: false });
  else showDrawer(false); // what is said next stands beneath it
  notify("The conversation is deleted.", { undo });
  find("notice-undo").focus();
}

/** Where a panel covers the page, nothing beneath it can be reached. */
function coverPage() {
  const isCovered = NARROW.matches && !find("article-panel").hidden;
  for (const part of [element.querySelector(".top"), find("conversation"), find("conversations")]) {
    part.inert = isCovered;
  }
}
NARROW.addEventListener("change", coverPage);

function showDrawer(isOpen) {
  element.querySelector("#onrecord").classList.toggle("drawer-open", isOpen);
  find("toggle-conversations").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) find("new-conversation").focus();
}

// ---- Views

function showView(name) {
  if (document.body.dataset.view === name) return;
  document.body.dataset.view = name;
  for (const button of element.querySelectorAll(".views button")) {
    if (button.dataset.viewTarget === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  window.dispatchEvent(new Event("resize"));
  if (name === "chat" && !state.asking) refresh();
}

async function refresh() {
  const had = find("thread").querySelector(".welcome");
  const reply = await act({ do: "start", conversation: state.conversation });
  state.isReady = Boolean(reply.data?.is_ready);
  if (had && state.isReady) showExamples();
}

/** Ask for example questions until the server has tried some out. */
async function showExamples() {
  for (let looks = 0; looks < MAX_EXAMPLE_LOOKS && find("examples"); looks += 1) {
    const reply = await act({ do: "examples" });
    if (!reply.data?.is_pending) return;
    await new Promise((resolve) => setTimeout(resolve, EXAMPLE_LOOK_MS));
  }
}

// ---- Citations: the card

const card = find("citation-card");
let hiding = 0;

function sourceOf(node) {
  return find(`source-${node.dataset.exchange}-${node.dataset.citation}`);
}

function showCard(chip) {
  const source = sourceOf(chip);
  if (!source) return;
  clearTimeout(hiding);
  const part = (name, from) => {
    const box = document.createElement("span");
    box.className = name;
    box.dir = "auto";
    const found = source.querySelector(from);
    if (found) box.append(...[...found.childNodes].map((node) => node.cloneNode(true)));
    return box;
  };
  card.replaceChildren(
    part("card-quote", "blockquote"), part("card-title", "cite"), part("card-credit", ".credit"));
  card.hidden = false;
  card.chip?.removeAttribute("aria-describedby");
  card.chip = chip;
  chip.setAttribute("aria-describedby", "citation-card");
  placeCard();
}

function placeCard() {
  const at = card.chip.getBoundingClientRect();
  const size = card.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left - 16, window.innerWidth - size.width - 8));
  const above = at.top - size.height - 8;
  card.style.left = `${left}px`;
  card.style.top = `${above >= 8 ? above : Math.min(at.bottom + 8, window.innerHeight - size.height - 8)}px`;
}

function hideCard(delay = 0) {
  clearTimeout(hiding);
  const hide = () => {
    card.hidden = true;
    card.chip?.removeAttribute("aria-describedby");
    card.chip = null;
  };
  if (delay) hiding = setTimeout(hide, delay);
  else hide();
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const chip = event.target.closest?.(".chip");
  if (chip) showCard(chip);
  else if (event.target.closest?.("#citation-card")) clearTimeout(hiding);
  else if (!card.hidden && !card.chip?.matches(":focus-visible")) hideCard(HIDE_CARD_AFTER_MS);
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.(".chip:focus-visible")) showCard(event.target);
});
document.addEventListener("focusout", (event) => {
  if (event.target === card.chip) hideCard();
});

// What scrolls moves the card along: whoever stopped scrolling upon a number gets no other event.
document.addEventListener("scroll", () => {
  if (card.hidden || !card.chip) return;
  const at = card.chip.getBoundingClientRect();
  const column = find("thread-scroll").getBoundingClientRect();
  if (!card.chip.isConnected || at.bottom <= column.top || at.top >= column.bottom) hideCard();
  else placeCard();
}, true);

// ---- Citations: the article

/** Return what stands in one list with a citation: the sources, or what was also read. */
function citationsBeside(source) {
  return [...source.parentElement.querySelectorAll("li[data-article]")];
}

async function openArticle(wanted, opener = null) {
  hideCard();
  if (opener) state.opener = opener;
  state.opening += 1;
  const { opening } = state;
  const reply = await act({ do: "article", ...wanted });
  if (opening !== state.opening) return; // closed meanwhile, or another one is wanted
  const panel = find("article-panel");
  if (reply.error) {
    const why = document.createElement("p");
    why.className = "error";
    why.textContent = reply.error;
    find("article").replaceChildren(why);
  }
  if (document.body.dataset.view !== "chat") {
    state.cameFrom = document.body.dataset.view;
    showView("chat");
  }
  panel.hidden = false;
  element.querySelector("#onrecord").classList.add("article-open");
  coverPage();
  const mark = panel.querySelector("mark");
  if (mark) showAt(mark, 0.3);
  else find("article").scrollTop = 0;
  panel.focus({ preventScroll: true });
  const title = find("article-title")?.textContent || "";
  announce(reply.error || `${title}. ${mark ? `Cited: ${mark.textContent.replace(UNSEEN, "")}` : ""}`);
}

function openCitation(exchange, number, opener = null) {
  const source = find(`source-${exchange}-${number}`);
  if (!source) return;
  state.citation = { exchange, number };
  for (const chosen of element.querySelectorAll(".is-open")) chosen.classList.remove("is-open");
  for (const node of find(`exchange-${exchange}`).querySelectorAll(`[data-citation="${number}"]`)) {
    if (node.matches(".chip, .source")) node.classList.add("is-open");
  }
  const all = citationsBeside(source);
  find("citation-place").textContent = `${all.indexOf(source) + 1} of ${all.length}`;
  setSteps(all.length > 1);
  openArticle({
    article: source.dataset.article,
    start: Number(source.dataset.start),
    end: Number(source.dataset.end),
    quote: source.querySelector("blockquote").textContent,
  }, opener);
}

function setSteps(isShown) {
  find("article-panel").querySelector(".steps").classList.toggle("is-off", !isShown);
}

function step(by) {
  if (!state.citation) return;
  const source = find(`source-${state.citation.exchange}-${state.citation.number}`);
  if (!source) return;
  const all = citationsBeside(source);
  const place = all.indexOf(source);
  const chosen = all[(place + by + all.length) % all.length];
  if (chosen) openCitation(state.citation.exchange, Number(chosen.dataset.citation));
}

function closeArticle({ focus = true } = {}) {
  state.opening += 1;
  const panel = find("article-panel");
  if (panel.hidden) return;
  panel.hidden = true;
  element.querySelector("#onrecord").classList.remove("article-open");
  coverPage();
  for (const chosen of element.querySelectorAll(".is-open")) chosen.classList.remove("is-open");
  const { citation, opener, cameFrom } = state;
  state.citation = null;
  state.opener = null;
  state.cameFrom = "";
  if (!focus) return;
  if (cameFrom) showView(cameFrom);
  if (opener?.isConnected) opener.focus();
  else if (citation) find(`source-${citation.exchange}-${citation.number}`)?.querySelector("button")?.focus();
}

// ---- The article: details and versions

/** Return which article the panel shows, and what of it is marked. */
function shownArticle() {
  const text = find("article").querySelector(".article-text");
  const mark = text?.querySelector("mark");
  return {
    article: text?.dataset.article || "",
    start: Number(text?.dataset.start || 0),
    end: Number(text?.dataset.end || 0),
    quote: mark ? mark.textContent : "",
  };
}

/** Show more about the article above its text, and go there. */
async function showMore(wanted, heading) {
  const reply = await act(wanted);
  if (reply.error) return;
  const title = find(heading);
  title.scrollIntoView({ block: "nearest" });
  title.focus();
}

function closeMore() {
  find("article-more").replaceChildren();
  find("article").querySelector(".article-tools button")?.focus();
}

/** Change details; what came of it stands above the article's text, with the way back. */
async function changeDetails(wanted) {
  const reply = await act({ ...shownArticle(), ...wanted });
  const form = find("article").querySelector(".details-form");
  if (reply.error && form) {
    let why = form.querySelector(".error");
    if (!why) {
      why = document.createElement("p");
      why.className = "error";
      form.querySelector(".actions").before(why);
    }
    why.textContent = reply.error;
    return;
  }
  if (reply.error) return;
  announce(find("article-more").textContent);
  (find("article-more").querySelector("button") || find("article-title")).focus();
}

find("close-article").addEventListener("click", () => closeArticle());
find("next-citation").addEventListener("click", () => step(1));
find("previous-citation").addEventListener("click", () => step(-1));
find("article-panel").addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (key === "n" || key === "arrowright") step(1);
  else if (key === "p" || key === "arrowleft") step(-1);
  else return;
  event.preventDefault();
});

// ---- Clicks on what the server rendered

const doings = {
  correct: (exchange, button) => edit(exchange, button.dataset.text, "correct"),
  edit: (exchange) => edit(exchange, questionOf(exchange), "edit"),
  retry: (exchange) => ask(questionOf(exchange), { replace: exchange }),
  undo: async (exchange) => {
    if (state.asking) return;
    if (!state.conversation || find(`exchange-${exchange}`).dataset.state === "failed") {
      const text = questionOf(exchange);
      find(`exchange-${exchange}`).remove();
      if (!lastExchange()) await refresh();
      find("question").value = text;
      find("question").focus();
      return;
    }
    closeArticle({ focus: false });
    const reply = await act({ do: "undo", conversation: state.conversation });
    if (!reply.data) return;
    if (!lastExchange()) showExamples();
    find("question").value = reply.data.question;
    fitQuestion();
    find("question").focus();
    announce("The last question is removed; it stands in the question field again.");
  },
  copy: (exchange) => take("markdown", exchange, true),
  "download-markdown": (exchange) => take("markdown", exchange, false),
  "download-json": (exchange) => take("json", exchange, false),
  "copy-conversation": () => take("markdown", null, true),
  "download-conversation-markdown": () => take("markdown", null, false),
  "download-conversation-json": () => take("json", null, false),
  print: () => window.print(),
  link: (exchange) => copy(linkTo(questionOf(exchange)), "The link is copied."),
  up: (exchange, button) => judge(exchange, button, "up"),
  down: (exchange, button) => judge(exchange, button, "down"),
  "edit-details": (_, button) =>
    showMore({ do: "details", article: button.dataset.article }, "details-heading"),
  versions: (_, button) =>
    showMore({ do: "versions", article: button.dataset.article }, "versions-heading"),
  changes: (_, button) =>
    showMore({
      do: "changes", article: button.dataset.article, version: Number(button.dataset.version),
    }, "changes-heading"),
  version: (_, button) =>
    openArticle({ article: button.dataset.article, version: Number(button.dataset.version) }),
  "undo-details": (_, button) =>
    changeDetails({ do: "undo-edit", article: button.dataset.article }),
  "close-details": closeMore,
  "open-conversation": (_, button) => openConversation(itemOf(button).dataset.conversation),
  "rename-conversation": (_, button) => startRenaming(itemOf(button)),
  "delete-conversation": (_, button) => deleteConversation(itemOf(button)),
};

const itemOf = (button) => button.closest("li[data-conversation]");

function questionOf(exchange) {
  return find(`question-${exchange}`).dataset.question;
}

function judge(exchange, button, verdict) {
  const isPressed = button.getAttribute("aria-pressed") === "true";
  return act({
    do: "feedback", conversation: state.conversation, exchange,
    verdict: isPressed ? "" : verdict, note: "",
  });
}

document.addEventListener("submit", (event) => {
  const details = event.target.closest?.(".onrecord .details-form");
  if (details) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(details));
    changeDetails({ do: "edit", article: details.dataset.article, fields });
    return;
  }
  const form = event.target.closest?.(".onrecord form.note");
  if (!form) return;
  event.preventDefault();
  const exchange = Number(form.dataset.number);
  const pressed = find(`exchange-${exchange}`).querySelector('.toolbar [aria-pressed="true"]');
  act({
    do: "feedback", conversation: state.conversation, exchange,
    verdict: pressed.dataset.do, note: form.elements.note.value,
  });
});

document.addEventListener("click", (event) => {
  const isDrawer = event.target.closest?.("#conversations, #toggle-conversations");
  if (!isDrawer && element.querySelector("#onrecord.drawer-open")) showDrawer(false);
  const button = event.target.closest?.("button, [data-open-article]");
  if (!button) return;
  if (button.dataset.openArticle !== undefined) {
    state.citation = null;
    setSteps(false);
    openArticle({
      article: button.dataset.openArticle,
      start: Number(button.dataset.start || 0),
      end: Number(button.dataset.end || 0),
    }, button);
  } else if (!element.contains(button)) return;
  else if (button.matches(".chip, .source")) {
    openCitation(Number(button.dataset.exchange), Number(button.dataset.citation), button);
  } else if (button.dataset.do) {
    const exchange = button.closest(".exchange");
    doings[button.dataset.do]?.(exchange ? Number(exchange.dataset.number) : null, button);
  } else if (button.dataset.ask !== undefined) ask(button.dataset.ask);
  else if (button.dataset.viewTarget) showView(button.dataset.viewTarget);
  else if (button.dataset.focus) find(button.dataset.focus).focus();
});

find("new-conversation").addEventListener("click", () => openConversation(""));
find("toggle-conversations").addEventListener("click", () =>
  showDrawer(find("toggle-conversations").getAttribute("aria-expanded") !== "true"));
find("show-help").addEventListener("click", () => find("help").showModal());

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (!card.hidden) hideCard();
    else if (find("help").open) return;
    else if (element.querySelector("#onrecord.drawer-open")) {
      showDrawer(false);
      find("toggle-conversations").focus();
    } else if (find("article-panel").contains(document.activeElement)) closeArticle();
    return;
  }
  const isReading = event.target.closest?.("#thread-scroll, #article-panel");
  const isTyping = event.target.matches?.("input, textarea, select");
  if (!isReading || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") find("question").focus();
  else if (event.key === "?") find("help").showModal();
  else return;
  event.preventDefault();
});

// ---- The beginning

/** Return the question of the address, as plain text, and take it out of the address. */
function takeQuestion() {
  const asked = new URLSearchParams(location.search).get("q");
  if (asked === null) return "";
  history.replaceState(null, "", location.pathname);
  // eslint-disable-next-line no-control-regex
  return asked.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim().slice(0, find("question").maxLength);
}

async function begin() {
  const asked = takeQuestion();
  await openConversation(asked ? "" : state.conversation, { focus: !asked });
  document.body.classList.add("onrecord-ready");
  if (!asked) return;
  const isOwn = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  if (isOwn) ask(asked);
  else {
    find("question").value = asked;
    fitQuestion();
    find("question").focus();
  }
}

begin();
