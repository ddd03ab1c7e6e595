// The chat: questions, answers, conversations, citations and the article panel.

const KEY_OPEN = "onrecord.conversation";
const HIDE_CARD_AFTER_MS = 220;
const LOOK_MS = 400; // doubled with each further look
const LONGEST_LOOK_MS = 5000;
const MAX_LOOKS = 10;
const MAX_CHECKED = 3;
const MIN_WORDS_CHARS = 2;
const PAUSE_MS = 250;
const NARROW = matchMedia("screen and (max-width: 52rem)"); // paper has all of it

// Paper is light. Gradio lets no rule of a sheet reach the body only there.
const PAPER = matchMedia("print");
let isDark = false;
PAPER.addEventListener("change", () => {
  const { classList } = document.body;
  if (PAPER.matches) isDark = classList.contains("dark");
  classList.toggle("dark", isDark && !PAPER.matches);
});

document.documentElement.lang = "en";
document.body.dataset.view = "chat";

const state = {
  conversation: remember("sessionStorage", KEY_OPEN) || remember("localStorage", KEY_OPEN),
  asking: null,
  asked: 0,
  arriving: null,
  editing: null,
  citation: null,
  opener: null,
  cameFrom: "",
  opening: 0,
  isReady: false,
  going: 0,
};

function setConversation(conversation, { isNew = true } = {}) {
  state.conversation = conversation;
  remember("sessionStorage", KEY_OPEN, conversation);
  remember("localStorage", KEY_OPEN, conversation);
  for (const item of find("conversation-list").querySelectorAll("li[data-conversation]")) {
    const open = item.querySelector(".open");
    if (item.dataset.conversation === conversation) open.setAttribute("aria-current", "true");
    else open.removeAttribute("aria-current");
  }
  showBar();
  notePlace({ isNew });
}

/** Scroll the column of a part, and nothing around it, so that it stands at a share of its height. */
function showAt(part, share = 0) {
  const column = part?.closest("#thread-scroll, #article");
  if (!column) return;
  const distance = part.getBoundingClientRect().top - column.getBoundingClientRect().top;
  column.scrollTop += distance - share * column.clientHeight - (share ? 0 : 4);
}

// ---- Addresses: what is shown has one, which Back, Forward and a link lead to

/** Return the part of the address that names what is shown, and nothing of what it says. */
function describePlace() {
  const { citation, conversation } = state;
  const place = new URLSearchParams();
  const { article, start, end } = shownArticle();
  const { view } = document.body.dataset;
  const isOpen = view === "chat" && !find("article-panel").hidden && article;
  if (view !== "chat") {
    place.set("view", view);
    for (const [name, value] of views.get(view)?.describe() || []) place.set(name, value);
  } else if (conversation) place.set("conversation", conversation);
  if (isOpen && citation) {
    place.set("answer", citation.exchange);
    place.set("citation", citation.number);
  } else if (isOpen) {
    place.set("article", article);
    if (end > start) place.set("from", start);
    if (end > start) place.set("to", end);
  }
  if (filter) place.set("only", JSON.stringify(packFilter(filter)));
  return place.size ? `#${place}` : "";
}

/** Return what a link says is to be asked; the server looks at it more closely. */
function readFilter(text) {
  try {
    return packFilter(JSON.parse(text));
  } catch {
    return null;
  }
}

const isBegun = () => document.body.classList.contains("onrecord-ready");

/** Note in the address what is shown now; a step on the way there adds nothing to Back. */
function notePlace({ isNew = true } = {}) {
  const hash = describePlace();
  if (hash === location.hash || state.going) return;
  history[isNew ? "pushState" : "replaceState"](null, "", `${location.pathname}${hash}`);
}

/** Show what an address names; what is not there or somebody else's stays closed. */
async function goTo(hash) {
  const place = new URLSearchParams(hash.slice(1));
  const conversation = place.get("conversation") || (isBegun() ? "" : state.conversation);
  const isWanted = () => location.hash === hash; // not once somebody has gone on
  state.going += 1;
  try {
    closeArticle({ focus: false });
    const only = place.get("only") || "";
    if (only !== (filter ? JSON.stringify(packFilter(filter)) : "")) setFilter(readFilter(only), [], "address");
    showView(place.get("view"));
    await views.get(document.body.dataset.view)?.show(place);
    if (!isBegun() || (!place.has("view") && conversation !== state.conversation)) {
      await openConversation(conversation, { focus: false });
    }
    if (!isWanted()) return;
    if (place.has("conversation") && conversation !== state.conversation) {
      notify("This conversation was deleted, or is another reader's.", { isError: true });
      return;
    }
    const answer = Number(place.get("answer"));
    if (place.has("citation")) await openCitation(answer, Number(place.get("citation")));
    else if (answer) focusAnswer(find(`exchange-${answer}`));
    if (place.has("article")) {
      await openArticle({
        article: place.get("article"),
        start: Number(place.get("from")) || 0,
        end: Number(place.get("to")) || 0,
      });
    }
  } finally {
    state.going -= 1;
  }
}
window.addEventListener("popstate", () => goTo(location.hash));
document.addEventListener("onrecord:move", () => notePlace());

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

async function ask(
  question, { replace = null, asIs = false, without = [], whole = false } = {},
) {
  const text = question.trim();
  while (state.arriving) {
    // The question is for the conversation that is on its way; an answer to be replaced is not in it.
    const { data } = await state.arriving;
    if (!data || replace !== null) return;
  }
  if (!text || state.asking) return;
  stopEditing();
  dismissNotice();
  showView("chat");
  const last = lastExchange();
  const number = replace ?? (last ? Number(last.dataset.number) + 1 : 1);
  const element = pendingExchange(number, text, replace !== null);
  const asking = { id: newToken(), number, element };
  state.asking = asking;
  state.asked += 1;
  find("send").hidden = true;
  find("stop").hidden = false;
  find("question").value = "";
  fitQuestion();
  showBar();
  showAt(element);
  announce("Reading the articles.");
  const reply = await send({
    do: "ask", id: asking.id, question: text, conversation: state.conversation,
    replace, as_is: asIs, only: filter, without, whole,
  }, { onReply: (part) => grow(asking, part) });
  if (state.asking !== asking) return; // another conversation was opened meanwhile
  if (!reply.exchange && !reply.isRefused) asking.element.remove();
  const lastOne = lastExchange();
  for (const undo of find("thread").querySelectorAll('[data-do="undo"]')) {
    if (undo.closest(".exchange") !== lastOne) undo.remove();
  }
  showBar();
  finishAsking();
  if (reply.data?.is_kept) showSuggestions(asking.number);
}

/** Ask for questions to go on with until the server has tried some out. */
function showSuggestions(exchange) {
  const { conversation } = state;
  const isOpen = () => state.conversation === conversation && find(`suggestions-${exchange}`);
  return poll({ do: "suggest", conversation, exchange }, isOpen);
}

/** Send a request again until it is answered, for as long as what it is for is shown. */
async function poll(request, isWanted) {
  for (let looks = 0; looks < MAX_LOOKS && isWanted(); looks += 1) {
    const reply = await send(request, { onReply: () => Boolean(isWanted()) });
    if (!reply.data?.is_pending) return;
    const pause = Math.min(LOOK_MS * 2 ** looks, LONGEST_LOOK_MS);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
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

/** Prepare for a part of an answer, or drop it when its conversation is not open any more. */
function grow(asking, reply) {
  if (state.asking !== asking) return false;
  if (reply.isRefused) {
    showRefusal(asking, reply.error);
    return false;
  }
  const { exchange } = reply;
  if (exchange && exchange.number !== asking.number) {
    // A failed question was not kept, and its number is given again.
    find(`exchange-${exchange.number}`)?.remove();
    asking.element.id = `exchange-${exchange.number}`;
    asking.number = exchange.number;
  }
  if (reply.done && reply.data) setConversation(reply.data.conversation, { isNew: false });
  return true;
}

/** Say in place of the answer why the server did not take the question; it can be sent again. */
function showRefusal({ element: exchange }, why) {
  const error = document.createElement("p");
  error.className = "error";
  error.textContent = why;
  exchange.querySelector(".answer").replaceChildren(error);
  exchange.dataset.state = "failed";
  find("question").value = exchange.querySelector(".question").dataset.question;
  fitQuestion();
  announce(why);
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
  if (state.asking) send({ do: "stop", ask: state.asking.id });
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
      ? "Say what you meant; the new answer replaces this one."
      : "The new question and its answer replace these.";
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

document.addEventListener("onrecord:filter", ({ detail }) => {
  find("filter-label").replaceChildren(...detail.chips.map((chip) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter-chip";
    button.dir = "auto";
    const sign = document.createElement("span");
    sign.setAttribute("aria-hidden", "true");
    sign.textContent = " ×";
    const hint = document.createElement("span");
    hint.className = "visually-hidden";
    hint.textContent = ", remove this filter";
    button.append(chip.label, sign, hint);
    button.addEventListener("click", () => takeOut(chip, detail));
    return button;
  }));
  find("filter-line").hidden = !detail.only;
  notePlace({ isNew: false });
});

/** Ask no longer of one thing only. */
function takeOut(chip, { only, chips }) {
  const { part, value } = chip;
  const left = { ...only };
  if (part === "period") Object.assign(left, { since: null, until: null });
  else if (part === "articles") left.articles = null;
  else left[part] = left[part].filter((one) => (one.id ?? one) !== value);
  setFilter(packFilter(left), chips.filter((one) => one !== chip), "chat");
  find("question").focus();
}

find("clear-filter").addEventListener("click", () => {
  setFilter(null, [], "chat");
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
    else if (state.asking) stopAsking();
    else focusAnswer(lastExchange());
  } else if (event.key === "ArrowUp" && !find("question").value) {
    event.preventDefault();
    focusCitation();
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

// ---- Copying and saving

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
    notify(done ? said : "This browser does not allow copying; download it instead.");
  }
}

function save({ name, kind, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function exportAs(format, exchange, isCopy) {
  const reply = await send({ do: "export", conversation: state.conversation, exchange, format });
  if (!reply.data) return;
  if (isCopy) await copy(reply.data.text, "Copied with references.");
  else {
    save(reply.data);
    notify(`Saved as ${reply.data.name}.`);
  }
}

function copyAddress(place) {
  const hash = new URLSearchParams(place);
  return copy(`${location.origin}${location.pathname}#${hash}`, "The link is copied.");
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
  const arriving = send({ do: "start", conversation });
  state.arriving = arriving;
  const reply = await arriving;
  if (state.arriving === arriving) state.arriving = null;
  if (!reply.data) return;
  state.isReady = reply.data.is_ready;
  setConversation(reply.data.conversation, { isNew: isBegun() });
  const last = lastExchange();
  if (last) showAt(last);
  else if (state.isReady) showExamples();
  if (focus) find("question").focus();
  showDrawer(false);
  checkAnswers(reply.data.conversation, reply.data.to_check);
}

/** Have answers marked that rest on what has changed since, the newest first, a few at a time. */
async function checkAnswers(conversation, exchanges) {
  const isOpen = () => state.conversation === conversation;
  for (let at = 0; at < exchanges.length && isOpen(); at += MAX_CHECKED) {
    const some = exchanges.slice(at, at + MAX_CHECKED);
    await send({ do: "check", conversation, exchanges: some }, { onReply: isOpen });
  }
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
      await send({ do: "rename", conversation, title: field.value, shown: state.conversation });
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
  const reply = await send({ do: "delete", conversation, shown: state.conversation });
  if (reply.error) return;
  const undo = async () => {
    await send({ do: "restore", conversation, shown: state.conversation });
    if (wasOpen) openConversation(conversation);
  };
  if (wasOpen) await openConversation("", { focus: false });
  else showDrawer(false); // the notice would be under it
  notify("The conversation is deleted.", { undo });
  find("notice-undo").focus();
}

/** Keep the focus out of what a panel covers. */
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

/** Show a view; the chat for one that there is not. */
function showView(wanted) {
  const buttons = [...element.querySelectorAll(".views button")];
  const name = (buttons.find((button) => button.dataset.viewTarget === wanted) || buttons[0]).dataset.viewTarget;
  if (document.body.dataset.view === name) return;
  document.body.dataset.view = name;
  for (const button of buttons) {
    const { viewTarget } = button.dataset;
    if (viewTarget === name) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
    find(`view-${viewTarget}`).hidden = viewTarget !== name;
  }
  window.dispatchEvent(new Event("resize"));
  notePlace();
  if (!state.going) views.get(name)?.open();
  if (name === "chat" && !state.asking) refresh();
}

async function refresh() {
  const had = find("thread").querySelector(".welcome");
  const { conversation, asked } = state;
  // A question that was asked meanwhile is not in the reply, which would take it off the page.
  const isCurrent = () => state.conversation === conversation && state.asked === asked;
  const reply = await send({ do: "start", conversation }, { onReply: isCurrent });
  if (!reply.data || !isCurrent()) return;
  state.isReady = reply.data.is_ready;
  if (had && state.isReady) showExamples();
  checkAnswers(reply.data.conversation, reply.data.to_check);
}

const showExamples = () => poll({ do: "examples" }, () => find("examples"));

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
    const first = source.parentElement.closest("li"); // of the same article, which it names
    const found = source.querySelector(from) || first?.querySelector(from);
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

// The card follows its number when something scrolls: no other event tells of that.
document.addEventListener("scroll", () => {
  if (card.hidden || !card.chip) return;
  const at = card.chip.getBoundingClientRect();
  const column = find("thread-scroll").getBoundingClientRect();
  if (!card.chip.isConnected || at.bottom <= column.top || at.top >= column.bottom) hideCard();
  else placeCard();
}, true);

// ---- Citations: the article

/** Return the citations of the same list, in order: the sources, or the passages not cited. */
function citationsBeside(source) {
  const all = [...source.closest(".sources").querySelectorAll("li[data-article]")];
  return all.sort((one, other) => one.dataset.citation - other.dataset.citation);
}

async function openArticle(wanted, opener = null) {
  hideCard();
  if (opener) state.opener = opener;
  state.opening += 1;
  const { opening } = state;
  const reply = await send({ do: "article", ...wanted });
  if (opening !== state.opening) return; // closed meanwhile, or another one is wanted
  const panel = find("article-panel");
  if (reply.error) {
    const why = document.createElement("p");
    why.className = "error";
    why.textContent = reply.error;
    find("article").replaceChildren(why);
  }
  if (!state.citation) setSteps(false);
  panel.hidden = false;
  element.querySelector("#onrecord").classList.add("article-open");
  if (document.body.dataset.view !== "chat") {
    state.cameFrom = document.body.dataset.view;
    showView("chat");
  }
  coverPage();
  notePlace();
  const mark = panel.querySelector("mark");
  const column = find("article");
  column.scrollTop = 0; // the beginning stays in view where it leaves room for the place
  const isBelow = mark?.getBoundingClientRect().bottom > column.getBoundingClientRect().bottom;
  if (isBelow) showAt(mark, 0.3);
  panel.focus({ preventScroll: true });
  const title = find("article-title")?.textContent || "";
  announce(reply.error || `${title}. ${mark ? `Cited: ${markedText(panel).replace(UNSEEN, "")}` : ""}`);
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
  return openArticle({
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
  else notePlace();
  if (opener?.isConnected) opener.focus();
  else if (citation) find(`source-${citation.exchange}-${citation.number}`)?.querySelector("button")?.focus();
}

// ---- The article: details and versions

/** Return the words of the marked place, which has a mark in each of its lines. */
const markedText = (text) =>
  [...text.querySelectorAll(".article-text mark")].map((mark) => mark.textContent).join("");

/** Return which article the panel shows, and the place that is marked. */
function shownArticle() {
  const text = find("article").querySelector(".article-text");
  return {
    article: text?.dataset.article || "",
    start: Number(text?.dataset.start || 0),
    end: Number(text?.dataset.end || 0),
    quote: text ? markedText(text) : "",
  };
}

/** Show more about the article above its text, and go there. */
async function showMore(wanted, heading) {
  const reply = await send(wanted);
  if (reply.error) return;
  const title = find(heading);
  title.scrollIntoView({ block: "nearest" });
  title.focus();
}

function closeMore() {
  find("article-more").replaceChildren();
  find("article").querySelector(".article-tools button")?.focus();
}

/** Change details; the result is shown above the article's text, with an undo. */
async function changeDetails(wanted) {
  const reply = await send({ ...shownArticle(), ...wanted });
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
  if (event.key === "ArrowRight") step(1);
  else if (event.key === "ArrowLeft") step(-1);
  else return;
  event.preventDefault();
});

// ---- Clicks on what the server rendered

const takenBack = (button) => button.dataset.without.split(" ").filter(Boolean);

const askAgain = (exchange, how) =>
  ask(questionOf(exchange), { replace: exchange, whole: isWhole(exchange), ...how });

const doings = {
  correct: (exchange, button) => edit(exchange, button.dataset.text, "correct"),
  edit: (exchange) => edit(exchange, questionOf(exchange), "edit"),
  retry: (exchange) => askAgain(exchange),
  widen: (exchange, button) =>
    askAgain(exchange, { without: [...takenBack(button), button.dataset.part] }),
  "ask-all": (exchange) => {
    setFilter(null, [], "chat");
    askAgain(exchange);
  },
  whole: (exchange, button) => askAgain(exchange, { without: takenBack(button), whole: true }),
  "in-parts": (exchange, button) =>
    askAgain(exchange, { without: takenBack(button), whole: false }),
  unfold: (_, button) => {
    const isShown = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(isShown));
    const folded = button.nextElementSibling;
    if (folded?.matches(".folded")) folded.hidden = !isShown;
  },
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
    notePlace();
    const reply = await send({ do: "undo", conversation: state.conversation });
    if (!reply.data) return;
    if (!lastExchange()) showExamples();
    find("question").value = reply.data.question;
    fitQuestion();
    find("question").focus();
    announce("The last question is removed and is back in the question field.");
  },
  copy: (exchange) => exportAs("text", exchange, true),
  "download-markdown": (exchange) => exportAs("markdown", exchange, false),
  "download-json": (exchange) => exportAs("json", exchange, false),
  "copy-conversation": () => exportAs("text", null, true),
  "download-conversation-markdown": () => exportAs("markdown", null, false),
  "download-conversation-json": () => exportAs("json", null, false),
  print: () => window.print(),
  "link-place": () => {
    const { article, start, end } = shownArticle();
    return copyAddress({ article, from: start, to: end });
  },
  "link-answer": (exchange) =>
    copyAddress({ conversation: state.conversation, answer: exchange }),
  link: (exchange) => copy(linkTo(questionOf(exchange)), "The link is copied."),
  pin: (exchange, button) => send({
    do: "pin", conversation: state.conversation, exchange,
    pinned: button.getAttribute("aria-pressed") !== "true",
  }),
  cite: async (_, button) => {
    const { form } = button.dataset;
    const reply = await send({ do: "cite", ...shownArticle(), form });
    if (!reply.data) return;
    if (form === "ris") save(reply.data);
    else copy(reply.data.text.trim(), "The quotation is copied with its reference.");
  },
  find: showPalette,
  "open-answer": async (_, button) => {
    showView("chat");
    await openConversation(button.dataset.conversation, { focus: false });
    focusAnswer(find(`exchange-${button.dataset.number}`));
  },
  up: (exchange, button) => rate(exchange, button, "up"),
  down: (exchange, button) => rate(exchange, button, "down"),
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
  "log-out": async () => {
    await fetch("logout", { redirect: "manual" });
    location.reload();
  },
  "open-conversation": (_, button) => openConversation(itemOf(button).dataset.conversation),
  "rename-conversation": (_, button) => startRenaming(itemOf(button)),
  "delete-conversation": (_, button) => deleteConversation(itemOf(button)),
};

// ---- Keys and commands

function focusAnswer(exchange) {
  if (!exchange) return;
  showView("chat");
  showAt(exchange);
  exchange.tabIndex = -1;
  exchange.focus({ preventScroll: true });
}

/** Move to the next answer, or by -1 to the one before. */
function stepAnswer(by) {
  const all = [...find("thread").querySelectorAll(".exchange")];
  const at = all.indexOf(document.activeElement?.closest?.(".exchange"));
  focusAnswer(at < 0 ? all.at(-1) : all[Math.max(0, Math.min(at + by, all.length - 1))]);
}

/** Move to the first citation of the newest answer that has any. */
function focusCitation() {
  const chips = [...find("thread").querySelectorAll(".chip")];
  const newest = chips.at(-1)?.closest(".exchange").querySelector(".chip");
  if (!newest) return;
  showView("chat");
  newest.focus();
  showCard(newest);
}


const onLast = (does) => () => doings[does](Number(lastExchange().dataset.number));
const hasAnswer = () => lastExchange()?.querySelector('[data-do="copy"]');

/** Commands: a name, what it does, its key, and when there is any use for it. */
const commands = [
  ["Ask a question", () => { showView("chat"); find("question").focus(); }, "/"],
  ["New conversation", () => { showView("chat"); openConversation(""); }],
  ["Newest citation", focusCitation, "C", () => find("thread").querySelector(".chip")],
  ["Next answer", () => stepAnswer(1), "J", lastExchange],
  ["Previous answer", () => stepAnswer(-1), "K", lastExchange],
  ["Next citation of the open article", () => step(1), "N", () => state.citation],
  ["Previous citation of the open article", () => step(-1), "P", () => state.citation],
  ["Close the article", () => closeArticle(), "Esc", () => !find("article-panel").hidden],
  ["Copy the newest answer with references", onLast("copy"), "", hasAnswer],
  ["Pin the newest answer, or unpin it", () => lastExchange().querySelector('[data-do="pin"]').click(), "", hasAnswer],
  ["Ask the newest question again", onLast("retry"), "", lastExchange],
  ["Edit the newest question", onLast("edit"), "", lastExchange],
  ["Print the conversation", () => window.print(), "", lastExchange],
  ["Show sources", () => showView("sources")],
  ["Show people, organisations and places", () => showView("people")],
  ["Show a timeline", () => showView("timeline")],
  ["Check a draft", () => showView("draft")],
  ["Show the chat", () => showView("chat")],
  ["Help and keys", () => find("help").showModal(), "?"],
  ["Log out", () => doings["log-out"](), "", () => find("account").querySelector("button")],
];

function showPalette() {
  if (find("help").open || find("palette").open) return;
  find("command").value = "";
  listCommands();
  find("palette").showModal();
}

function listCommands() {
  const words = find("command").value.toLowerCase().split(/\s+/);
  const titles = [...find("conversation-list").querySelectorAll("li[data-conversation]")].map((item) => [
    item.querySelector(".title").textContent,
    () => { showView("chat"); openConversation(item.dataset.conversation); },
    "Conversation",
  ]);
  const found = [...commands, ...titles].filter(([name, , , isOf]) =>
    words.every((word) => name.toLowerCase().includes(word)) && (!isOf || isOf()));
  find("commands").replaceChildren(...found.map(([name, run, key]) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "action";
    const label = document.createElement("span");
    label.dir = "auto";
    label.textContent = name;
    const hint = document.createElement(key === "Conversation" ? "small" : "kbd");
    hint.textContent = key || "";
    button.append(label, ...(key ? [hint] : []));
    button.addEventListener("click", () => {
      find("palette").close();
      run();
    });
    item.append(button);
    return item;
  }));
  findAnswers();
}

let finding = 0;

/** Find answers that have the words of the palette, once somebody pauses. */
function findAnswers() {
  clearTimeout(finding);
  const words = find("command").value.trim();
  const showNone = () => {
    find("no-command").hidden = Boolean(find("palette").querySelector("li"));
  };
  if (words.length < MIN_WORDS_CHARS) {
    find("answers-found").replaceChildren();
    showNone();
    return;
  }
  const isWanted = () => find("command").value.trim() === words;
  finding = setTimeout(async () => {
    await send({ do: "find", words }, { isLatest: true, onReply: isWanted });
    if (isWanted()) showNone();
  }, PAUSE_MS);
}

find("command").addEventListener("input", listCommands);
find("palette").addEventListener("keydown", (event) => {
  const buttons = [...find("palette").querySelectorAll("li button")];
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "ArrowDown") (buttons[at + 1] || buttons[0])?.focus();
  else if (event.key === "ArrowUp") (at > 0 ? buttons[at - 1] : find("command")).focus();
  else if (event.key === "Enter" && at < 0) buttons[0]?.click();
  else return;
  event.preventDefault();
});
find("palette").addEventListener("click", ({ target }) => {
  if (target === find("palette") || target.closest("[data-do]")) find("palette").close();
});

/** The keys of commands: a single letter or sign. */
const keys = new Map(commands.filter(([, , key]) => key?.length === 1)
  .map(([, run, key, isOf]) => [key.toLowerCase(), () => (!isOf || isOf()) && run()]));

const itemOf = (button) => button.closest("li[data-conversation]");

function questionOf(exchange) {
  return find(`question-${exchange}`).dataset.question;
}

/** Return whether a question was asked as one, whatever parts it has. */
function isWhole(exchange) {
  return Boolean(find(`exchange-${exchange}`).dataset.whole);
}

function rate(exchange, button, verdict) {
  const isPressed = button.getAttribute("aria-pressed") === "true";
  return send({
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
  const pressed = find(`exchange-${exchange}`).querySelector('.menu [aria-pressed="true"]');
  send({
    do: "feedback", conversation: state.conversation, exchange,
    verdict: pressed.dataset.do, note: form.elements.note.value,
  });
});

document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches(".more-actions")) {
    target.querySelector(".menu").scrollIntoView({ block: "nearest" });
  }
}, true);

document.addEventListener("click", (event) => {
  const isDrawer = event.target.closest?.("#conversations, #toggle-conversations");
  if (!isDrawer && element.querySelector("#onrecord.drawer-open")) showDrawer(false);
  const menu = event.target.closest?.(".more-actions");
  for (const other of element.querySelectorAll(".more-actions[open]")) {
    if (other !== menu || event.target.closest(".menu")) other.open = false;
  }
  const button = event.target.closest?.("button, [data-open-article]");
  if (!button) return;
  if (button.dataset.openArticle !== undefined) {
    state.citation = null;
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
  } else if (button.dataset.ask !== undefined) {
    ask(button.dataset.ask, { asIs: Boolean(button.dataset.asIs) });
  }
  else if (button.dataset.viewTarget) showView(button.dataset.viewTarget);
  else if (button.dataset.focus) find(button.dataset.focus).focus();
});

find("new-conversation").addEventListener("click", () => openConversation(""));
find("toggle-conversations").addEventListener("click", () =>
  showDrawer(find("toggle-conversations").getAttribute("aria-expanded") !== "true"));
find("show-palette").addEventListener("click", showPalette);
find("show-help").addEventListener("click", () => find("help").showModal());

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = element.querySelector(".more-actions[open]");
    if (!card.hidden) hideCard();
    else if (element.querySelector("dialog[open]")) return;
    else if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (element.querySelector("#onrecord.drawer-open")) {
      showDrawer(false);
      find("toggle-conversations").focus();
    } else if (find("article-panel").contains(document.activeElement)) closeArticle();
    return;
  }
  const key = event.key.toLowerCase();
  if (key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    showPalette();
    return;
  }
  const isReading = event.target.closest?.("#thread-scroll, #article-panel");
  const isTyping = event.target.matches?.("input, textarea, select");
  if (!isReading || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!keys.has(key)) return;
  event.preventDefault();
  keys.get(key)();
});

// Paper has all sources, whatever browser prints.
window.addEventListener("beforeprint", () => {
  for (const folded of find("thread").querySelectorAll(".sources details")) folded.open = true;
});

// ---- The beginning

/** Return the question of the address, as plain text, and take it out of the address. */
function takeQuestion() {
  const asked = new URLSearchParams(location.search).get("q");
  if (asked === null) return "";
  history.replaceState(null, "", `${location.pathname}${location.hash}`);
  // eslint-disable-next-line no-control-regex
  return asked.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim().slice(0, find("question").maxLength);
}

async function begin() {
  find("opening")?.remove(); // what the server shows until this page is built
  const asked = takeQuestion();
  if (location.hash && !asked) await goTo(location.hash);
  else await openConversation(asked ? "" : state.conversation, { focus: !asked });
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

afterReplies.push(showBar);
begin();
