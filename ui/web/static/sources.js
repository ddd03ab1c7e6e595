// The Sources view. Runs once, with Gradio's `element`, `trigger`, `upload` and `watch`.
// Text from an article never passes through here as markup: attributes are read, text is set.

const root = element;
const view = root.closest("#view-sources") ?? document.body;
const find = (selector) => root.querySelector(selector);
const MAX_FILES = 200;
const PAUSE_MS = 250;
const MAX_WAIT_MS = 20000;
const UNSEEN = /(?![\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029\u034f\u115f\u1160\u2800\u3164\uffa0]/gu;

let state = { only: null, words: "", page: 0 };
let shownFilter = "null";
let focusNext = null;
let timer = 0;

const filterOf = (only) => ({
  outlets: only?.outlets ?? [],
  languages: only?.languages ?? [],
  since: only?.since ?? null,
  until: only?.until ?? null,
});
const isEmpty = (only) =>
  !only.outlets.length && !only.languages.length && !only.since && !only.until;
const choiceOf = (names) => (names.length === 1 ? `=${names[0]}` : names.length ? "several" : "");

// One request at a time, so that replies come in order; of views that nobody has seen yet, only
// the last is asked for.
let requests = [];
let awaited = null;
let serial = 0;

function act(action, more = {}) {
  if (action === "browse") requests = requests.filter((request) => request.action !== "browse");
  requests.push({ action, ...state, ...more });
  next();
}

function next() {
  if (awaited || !requests.length) return;
  serial += 1;
  const timer = setTimeout(finish, MAX_WAIT_MS);
  const request = requests.shift();
  awaited = { serial, timer, action: request.action };
  trigger("submit", { ...request, serial });
}

function finish() {
  clearTimeout(awaited?.timer);
  if (awaited?.action === "remove") removing = [];
  awaited = null;
  next();
}

function isAnswered() {
  const marks = [...view.querySelectorAll(".answered")];
  return marks.some((mark) => Number(mark.dataset.serial) === awaited?.serial);
}

function browse(changes) {
  clearTimeout(timer);
  state = { ...state, page: 0, ...changes };
  act("browse");
}

function filter(changes) {
  const only = { ...filterOf(state.only), ...changes };
  browse({ only: isEmpty(only) ? null : only });
}

// The form shows the state; the state is what the server says it is.
function fillForm() {
  const only = filterOf(state.only);
  const outlet = find("#outlet");
  if (!outlet) return;
  outlet.value = choiceOf(only.outlets);
  find("#language").value = choiceOf(only.languages);
  find("#since").value = only.since ?? "";
  find("#until").value = only.until ?? "";
  if (document.activeElement !== find("#words")) find("#words").value = state.words;
}

function takeState() {
  const list = view.querySelector(".sources-list");
  if (!list) return;
  try {
    const given = JSON.parse(list.dataset.view);
    // While somebody types, what they see is newer than what was answered.
    if (document.activeElement === find("#words")) given.words = state.words;
    state = given;
  } catch {
    return;
  }
  fillForm();
  const now = JSON.stringify(state.only);
  if (now !== shownFilter) {
    shownFilter = now;
    const detail = { only: state.only, label: list.dataset.label, by: "sources" };
    document.dispatchEvent(new CustomEvent("onrecord:filter", { detail }));
  }
}

let seen = "";
let added = "";
const settle = () => {
  if (isAnswered()) finish();
  // Files were added: what is shown is looked at anew, as it is filtered by now.
  const report = view.querySelector(".addition")?.dataset.serial ?? "";
  if (report !== added) {
    added = report;
    if (added) act("browse");
  }
  // Gradio may keep the element and change what is in it.
  const shown = view.querySelector(".sources-list")?.dataset.view ?? "";
  if (shown && shown !== seen && !awaited) {
    seen = shown;
    takeState();
  }
  for (const plot of view.querySelectorAll(".picture:not([aria-hidden])")) {
    plot.setAttribute("aria-hidden", "true"); // the table says the same
  }
  if (focusNext) {
    const target = view.querySelector(focusNext);
    if (target) {
      focusNext = null;
      target.focus();
    }
  }
};
new MutationObserver(settle).observe(view, {
  childList: true,
  subtree: true,
  attributeFilter: ["data-view", "data-serial"],
});

// What is typed and chosen.

root.addEventListener("input", (event) => {
  if (event.target.id !== "words") return;
  clearTimeout(timer);
  timer = setTimeout(() => browse({ words: event.target.value }), PAUSE_MS);
});
root.addEventListener("change", (event) => {
  const { id, value } = event.target;
  if (id === "outlet" && value !== "several") filter({ outlets: value ? [value.slice(1)] : [] });
  if (id === "language" && value !== "several") filter({ languages: value ? [value.slice(1)] : [] });
  if (id === "since" || id === "until") filter({ [id]: value || null });
  if (id === "files") {
    send([...event.target.files]);
    event.target.value = "";
  }
});
root.addEventListener("submit", (event) => {
  event.preventDefault();
  browse({ words: find("#words").value });
});

view.addEventListener("change", (event) => {
  if (!event.target.matches(".articles input[type=checkbox]")) return;
  const bulk = view.querySelector(".bulk");
  bulk.hidden = !view.querySelector(".articles input:checked");
});

view.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button && view.contains(button)) return press(button);
  // A bar of the picture: Vega hangs what it shows on the element.
  const mark = event.target.__data__;
  if (event.target.closest?.(".picture") && mark?.datum) pressBar(Object.values(mark.datum));
});

function press(button) {
  const { dataset } = button;
  if ("clear" in dataset) return browse({ only: null });
  if ("page" in dataset) {
    focusNext = ".articles .title";
    return browse({ page: Number(dataset.page) });
  }
  if ("remove" in dataset) return remove([dataset.remove]);
  if ("removeChecked" in dataset) {
    return remove([...view.querySelectorAll(".articles input:checked")].map((box) => box.value));
  }
  if ("restore" in dataset) {
    focusNext = "#sources-heading";
    return act("restore", { removal: Number(dataset.restore) });
  }
  if ("bar" in dataset) return pressRow(button);
  if (button.classList.contains("legend")) {
    const { outlets } = filterOf(state.only);
    const others = outlets.filter((name) => name !== dataset.outlet);
    return filter({ outlets: others.length < outlets.length ? others : [...outlets, dataset.outlet] });
  }
}

function pressBar(values) {
  const rows = [...view.querySelectorAll("[data-bar]")];
  const row = rows.find((button) => values.includes(button.dataset.bar));
  if (row) pressRow(row);
}

function pressRow({ dataset }) {
  if ("outlet" in dataset) return filter({ outlets: [dataset.outlet] });
  filter({ since: dataset.since, until: dataset.until });
}

let removing = [];

function remove(wanted) {
  const ids = wanted.filter((id) => !removing.includes(id)); // a second click asks for no more
  if (!ids.length) return;
  removing.push(...ids);
  focusNext = ".undo-bar button";
  act("remove", { ids });
}

// Files.

const say = (text) => {
  const line = find(".uploading");
  line.hidden = !text;
  line.textContent = text.replace(UNSEEN, "");
};

let waitingFiles = [];
let sending = false;

/** Upload files one after the other; what is dropped meanwhile goes along. */
async function send(files) {
  waitingFiles.push(...files);
  if (sending || !waitingFiles.length) return;
  sending = true;
  const sent = [];
  try {
    while (waitingFiles.length) {
      const file = waitingFiles.shift();
      if (sent.length >= MAX_FILES) {
        sent.push({ path: "", name: file.name });
        continue;
      }
      say(`Uploading ${sent.length + 1} of ${sent.length + 1 + waitingFiles.length}: ${file.name}`);
      try {
        // Under a name of ours, and of its own: what a file is called goes its own way, and only
        // as text; the server keeps files of one content together.
        const { path } = await upload(new File([file], `upload-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`));
        sent.push({ path, name: file.name });
      } catch {
        sent.push({ path: "", name: file.name });
      }
    }
  } finally {
    sending = false;
    say("");
  }
  serial += 1;
  trigger("upload", { files: sent.slice(0, 2 * MAX_FILES), serial });
}

// An event of this view that the server did not take.
document.addEventListener("onrecord:failed", ({ detail }) => {
  if (!/"serial":\d/.test(detail.body)) return;
  say(detail.why);
  if (awaited && new RegExp(`"serial":${awaited.serial}\\b`).test(detail.body)) finish();
});

let depth = 0;
const drop = () => find("#drop");
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
view.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth += 1;
  drop()?.classList.add("over");
});
view.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
view.addEventListener("dragleave", (event) => {
  if (!holdsFiles(event)) return;
  depth = Math.max(0, depth - 1);
  if (!depth) drop()?.classList.remove("over");
});
view.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth = 0;
  drop()?.classList.remove("over");
  send([...event.dataTransfer.files]);
});

// The chat takes its filter away; the view is shown.

document.addEventListener("onrecord:filter", ({ detail }) => {
  if (detail?.by !== "chat") return;
  shownFilter = "null";
  browse({ only: null });
});
watch("value", fillForm);

const isShown = () => (document.body.dataset.view ?? "sources") === "sources";
new MutationObserver(() => isShown() && act("browse")).observe(document.body, {
  attributeFilter: ["data-view"],
});
if (isShown()) act("browse");
