// The Sources view: search and filter, the list of articles, the chart, and files to add.

const view = find("view-sources");
const MAX_FILES = 200;
const PAUSE_MS = 250;
const BETWEEN_LOOKS_MS = 1000;
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
  articles: only?.articles ?? null,
  collections: only?.collections ?? [],
});
const choiceOf = (names) => (names.length === 1 ? `=${names[0]}` : names.length ? "several" : "");

/** Ask for the view as it is to be, after a change to the library if one is given. */
async function look({ change = null, focus = "" } = {}) {
  looks += 1;
  const number = looks;
  const request = { do: "browse", ...change, view: shown };
  const { data, error } = await send(request, { isLatest: !change });
  if (!data || number !== looks) return !error; // a newer look is under way
  // While somebody types, what they see is newer than the answer.
  const words = document.activeElement === find("words") ? shown.words : data.view.words;
  shown = { ...data.view, words };
  fillForm();
  if (JSON.stringify(shown.only) !== told) {
    told = JSON.stringify(shown.only);
    setFilter(shown.only, data.chips, "sources");
  }
  if (focus) view.querySelector(focus)?.focus();
  return true;
}

function browse(changes, focus) {
  clearTimeout(typing);
  shown = { ...shown, page: 0, ...changes };
  return look({ focus });
}

function narrow(changes) {
  return browse({ only: packFilter({ ...filterOf(shown.only), ...changes }) });
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
    view.querySelector("[data-take-out]").hidden = filterOf(shown.only).collections.length !== 1;
    view.querySelector(".n-chosen").textContent = `${chosen} selected`;
  }
});
view.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.id === "search-articles") browse({ words: find("words").value });
});

// ---- The list and the chart

view.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { dataset } = button;
  if ("jobDo" in dataset) actOnJobs({ do: dataset.jobDo, job: dataset.job });
  else if ("feedDo" in dataset) actOnJobs({ do: dataset.feedDo, address: dataset.feed });
  else if ("addDo" in dataset) addByAddress(dataset.addDo);
  else if ("clear" in dataset) browse({ only: null });
  else if ("page" in dataset) browse({ page: Number(dataset.page) }, ".articles .title");
  else if ("remove" in dataset) remove([dataset.remove]);
  else if ("removeChecked" in dataset) remove(chosenArticles());
  else if ("askChecked" in dataset) {
    narrow({ articles: chosenArticles() });
    find("show-chat").click();
    find("question").focus();
  } else if ("collect" in dataset) {
    change({ do: "collect", name: find("collection-name").value, ids: chosenArticles() });
  } else if ("takeOut" in dataset) {
    const [{ id }] = filterOf(shown.only).collections;
    change({ do: "take-out", collection: id, ids: chosenArticles() });
  } else if (button.id === "save-search") change({ do: "save-search" });
  else if ("deleteCollection" in dataset) {
    change({ do: "delete-collection", collection: dataset.deleteCollection });
  } else if ("restoreCollection" in dataset) {
    change({ do: "restore-collection", collection: dataset.restoreCollection });
  } else if ("collection" in dataset) {
    const { collections } = filterOf(shown.only);
    const others = collections.filter(({ id }) => id !== dataset.collection);
    const isOn = others.length < collections.length;
    narrow({ collections: isOn ? others : [...collections, { id: dataset.collection }] });
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

const chosenArticles = () =>
  [...view.querySelectorAll(".articles input:checked")].map((box) => box.value);

/** Change the collections, and say so. */
const change = (wanted) => look({ change: wanted, focus: "#sources-heading" });

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

// ---- Additions in the background

let isFollowing = false;

/** Ask how the additions are going until all have ended, then look at what there is now. */
async function followJobs() {
  if (isFollowing) return;
  isFollowing = true;
  let was = false;
  for (;;) {
    const { data } = await send({ do: "jobs" });
    if (!data?.is_pending) break;
    was = true;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
  isFollowing = false;
  if (was) look();
}

async function actOnJobs(wanted) {
  const reply = await send(wanted);
  if (!reply.error) followJobs();
  return !reply.error;
}

async function addByAddress(wanted) {
  const text = find("addresses").value.trim();
  const fields = wanted === "follow-feed" ? { address: text } : { addresses: text };
  if (await actOnJobs({ do: wanted, ...fields })) find("addresses").value = "";
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

views.set("sources", { describe: () => [], show: () => {}, open: () => {} });

// ---- What the chat does

document.addEventListener("onrecord:filter", async ({ detail }) => {
  if (detail.by === "sources") return;
  told = detail.by === "chat" ? JSON.stringify(detail.only) : "";
  const isUsable = await browse({ only: detail.only });
  if (isUsable) return;
  shown.only = null; // a link may name what there is not
  setFilter(null, [], "sources");
});
new MutationObserver(() => {
  if (document.body.dataset.view !== "sources") return;
  look();
  followJobs();
}).observe(document.body, { attributeFilter: ["data-view"] });
