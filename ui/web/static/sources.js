// The Sources view: search and filter, the list of articles, the chart, and files to add.

const view = find("view-sources");
const MAX_FILES = 200;
const PAUSE_MS = 250;
const DAY = /^\d{4}-\d\d-\d\d$/;

let shown = { only: null, words: "", page: 0 };
let told = "null"; // the filter that the chat knows of
let looks = 0;
let typing = 0;

const filterOf = (only) => ({
  outlets: only?.outlets ?? [],
  languages: only?.languages ?? [],
  since: only?.since ?? null,
  until: only?.until ?? null,
});
const choiceOf = (names) => (names.length === 1 ? `=${names[0]}` : names.length ? "several" : "");

/** Ask for the view as it is to be, after a change to the library if one is given. */
async function look({ change = null, focus = "" } = {}) {
  looks += 1;
  const number = looks;
  const request = { do: "browse", ...change, view: shown };
  const { data } = await send(request, { isLatest: !change });
  if (!data || number !== looks) return; // a newer look is under way
  // While somebody types, what they see is newer than the answer.
  const words = document.activeElement === find("words") ? shown.words : data.view.words;
  shown = { ...data.view, words };
  fillForm();
  if (JSON.stringify(shown.only) !== told) {
    told = JSON.stringify(shown.only);
    setFilter(shown.only, data.label, "sources");
  }
  if (focus) view.querySelector(focus)?.focus();
}

function browse(changes, focus) {
  clearTimeout(typing);
  shown = { ...shown, page: 0, ...changes };
  return look({ focus });
}

function narrow(changes) {
  const only = { ...filterOf(shown.only), ...changes };
  const isEmpty = !(only.outlets.length || only.languages.length || only.since || only.until);
  return browse({ only: isEmpty ? null : only });
}

function fillForm() {
  const only = filterOf(shown.only);
  const language = find("language");
  language.closest(".field").hidden = language.options.length < 4; // all, several, and one
  find("outlet").value = choiceOf(only.outlets);
  language.value = choiceOf(only.languages);
  find("since").value = only.since ?? "";
  find("until").value = only.until ?? "";
  if (document.activeElement !== find("words")) find("words").value = shown.words;
}

// ---- The form

view.addEventListener("input", ({ target }) => {
  if (target.id !== "words") return;
  clearTimeout(typing);
  typing = setTimeout(() => browse({ words: target.value }), PAUSE_MS);
});
view.addEventListener("change", ({ target }) => {
  const { id, value } = target;
  if (id === "outlet" && value !== "several") narrow({ outlets: value ? [value.slice(1)] : [] });
  if (id === "language" && value !== "several") narrow({ languages: value ? [value.slice(1)] : [] });
  if (id === "since" || id === "until") narrow({ [id]: DAY.test(value) ? value : null });
  if (id === "files") {
    addFiles([...target.files]);
    target.value = "";
  }
  if (target.matches(".articles input[type=checkbox]")) {
    const chosen = view.querySelectorAll(".articles input:checked").length;
    view.querySelector(".bulk").hidden = !chosen;
    view.querySelector(".n-chosen").textContent = `${chosen} selected`;
  }
});
view.addEventListener("submit", (event) => {
  event.preventDefault();
  browse({ words: find("words").value });
});

// ---- The list and the chart

view.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { dataset } = button;
  if ("clear" in dataset) browse({ only: null });
  else if ("page" in dataset) browse({ page: Number(dataset.page) }, ".articles .title");
  else if ("remove" in dataset) remove([dataset.remove]);
  else if ("removeChecked" in dataset) {
    remove([...view.querySelectorAll(".articles input:checked")].map((box) => box.value));
  } else if ("restore" in dataset) {
    const change = { do: "put-back", removal: Number(dataset.restore) };
    look({ change, focus: "#sources-heading" });
  } else if ("bar" in dataset) pressRows([button]);
  else if (button.classList.contains("legend")) {
    const { outlets } = filterOf(shown.only);
    const others = outlets.filter((name) => name !== dataset.outlet);
    narrow({ outlets: others.length < outlets.length ? others : [...outlets, dataset.outlet] });
  }
});

/** Filter by what some rows of the table stand for: outlets, or a span of time. */
function pressRows(rows) {
  if (!rows.length) return;
  if ("outlet" in rows[0].dataset) narrow({ outlets: rows.map((row) => row.dataset.outlet) });
  else narrow({ since: rows[0].dataset.since, until: rows.at(-1).dataset.until });
}

// A click on a bar does what the button of its row does; dragging takes all bars in between.
let pressed = null;
view.addEventListener("pointerdown", ({ target }) => (pressed = target.closest(".chart .bar")));
view.addEventListener("pointerup", ({ target }) => {
  const released = target.closest(".chart .bar");
  const bars = [...view.querySelectorAll(".chart .bar")];
  const ends = [bars.indexOf(pressed), bars.indexOf(released)].sort((a, b) => a - b);
  pressed = null;
  if (ends[0] < 0) return;
  const labels = bars.slice(ends[0], ends[1] + 1).map((bar) => bar.dataset.barOf);
  pressRows([...view.querySelectorAll("[data-bar]")].filter((row) => labels.includes(row.dataset.bar)));
});

const removing = new Set();

async function remove(wanted) {
  const ids = wanted.filter((id) => !removing.has(id)); // a second click asks for no more
  if (!ids.length) return;
  ids.forEach((id) => removing.add(id));
  await look({ change: { do: "remove", ids }, focus: ".undo-bar button" });
  ids.forEach((id) => removing.delete(id));
}

// ---- Files

function say(text) {
  const line = view.querySelector(".uploading");
  line.hidden = !text;
  line.textContent = text.replace(UNSEEN, "");
}

let waitingFiles = [];
let isAdding = false;
let additions = 0;

/** Upload files and add them, a batch at a time; files dropped meanwhile join the next one. */
async function addFiles(files) {
  waitingFiles.push(...files);
  if (isAdding) return;
  isAdding = true;
  while (waitingFiles.length) {
    const sent = await uploadBatch();
    say("");
    await send({ do: "add", files: sent }, {
      onReply: (reply) => {
        if (reply.error) say(reply.error);
        return !reply.error;
      },
    });
    await look();
    additions += 1;
    find("sources-report").dataset.additions = additions;
  }
  isAdding = false;
}

async function uploadBatch() {
  const sent = [];
  while (waitingFiles.length && sent.length < MAX_FILES) {
    const file = waitingFiles.shift();
    say(`Uploading ${sent.length + 1} of ${sent.length + 1 + waitingFiles.length}: ${file.name}`);
    // It is uploaded under a name of ours, which no other file has: the server keeps files of one
    // content together. Its own name is sent separately, as text.
    const name = `upload-${newToken()}`;
    try {
      const { path } = await upload(new File([file], name));
      sent.push({ path, name: file.name });
    } catch {
      sent.push({ path: "", name: file.name });
    }
  }
  return sent;
}

// Files may be dropped anywhere on the page.
let depth = 0;
const showDrop = (isOver) => {
  find("drop-here").hidden = !isOver;
};
const onFiles = (kind, act) => document.addEventListener(kind, (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  act(event);
});
onFiles("dragenter", () => showDrop((depth += 1) > 0));
onFiles("dragover", () => {});
onFiles("dragleave", () => showDrop((depth = Math.max(0, depth - 1)) > 0));
onFiles("drop", ({ dataTransfer }) => {
  showDrop((depth = 0) > 0);
  find("show-sources").click();
  addFiles([...dataTransfer.files]);
});

// ---- What the chat does

document.addEventListener("onrecord:filter", ({ detail }) => {
  if (detail.by !== "chat") return;
  told = "null";
  browse({ only: null });
});
new MutationObserver(() => document.body.dataset.view === "sources" && look()).observe(
  document.body, { attributeFilter: ["data-view"] });
