// The People, Timeline and Draft views: a form, and what it finds.

const looked = new Map(); // view -> what it shows
const asked = new Map(); // view -> how often it was asked
const lookups = new Map(); // view -> the request under way

const formOf = (name) => document.querySelector(`form[data-look="${name}"]`);

/** Look something up and show it in its view. */
async function lookUp(name, fields, { focus = false } = {}) {
  const form = formOf(name);
  const key = JSON.stringify(fields);
  for (const [field, value] of Object.entries(fields)) {
    if (form.elements[field]) form.elements[field].value = value;
  }
  if (looked.get(name)?.key === key) return;
  const number = (asked.get(name) || 0) + 1;
  asked.set(name, number);
  // The button stays enabled: Enter does nothing in a form whose button is disabled.
  form.setAttribute("aria-busy", "true");
  const isLatest = () => number === asked.get(name);
  // The reply may be lost with the server.
  await Promise.race([lookups.get(name), new Promise((resolve) => setTimeout(resolve, MAX_WAIT_MS))]);
  if (!isLatest()) return;
  lookups.set(name, send({ do: name, ...fields }, { onReply: isLatest }));
  const reply = await lookups.get(name);
  if (!isLatest()) return;
  form.removeAttribute("aria-busy");
  if (reply.error) return;
  find(`${name}-notice`).replaceChildren();
  looked.set(name, { key, fields });
  noteMove();
  if (focus) find(`${name}-heading`).focus();
}

/** Return what a view shows of more than its beginning, for its address. */
function describeLooked(name) {
  const { fields } = looked.get(name) || { fields: {} };
  return Object.entries(fields).filter(([key, value]) => value && value !== "person" && key !== "text");
}

for (const [name, read] of [
  ["people", (place) => ({
    name: (place.get("name") || "").slice(0, 500),
    kind: ["organisation", "place"].includes(place.get("kind")) ? place.get("kind") : "person",
    page: Number.parseInt(place.get("page"), 10) || 0,
  })],
  ["timeline", (place) => ({
    topic: (place.get("topic") || "").slice(0, 2000),
    page: Number.parseInt(place.get("page"), 10) || 0,
  })],
  ["draft", null],
]) {
  views.set(name, {
    describe: () => describeLooked(name),
    show: (place) => read && lookUp(name, read(place)),
    open: () => read && !looked.has(name) && lookUp(name, read(new URLSearchParams())),
  });
  const section = find(`view-${name}`);
  section.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target));
    looked.delete(name); // the articles may have changed
    lookUp(name, read ? { ...fields, page: 0 } : fields);
  });
  section.addEventListener("keydown", (event) => {
    const isSent = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (isSent && event.target.localName === "textarea") event.target.form.requestSubmit();
  });
  section.addEventListener("change", ({ target }) => {
    if (target.localName === "select") target.form.requestSubmit();
  });
  section.addEventListener("click", ({ target }) => {
    const { lookName, page, kind } = target.closest("button")?.dataset || {};
    const { fields } = looked.get(name) || {};
    if (page !== undefined) lookUp(name, { ...fields, page: Number(page) }, { focus: true });
    if (lookName !== undefined) {
      lookUp(name, { name: lookName, kind: kind || fields?.kind || "person", page: 0 }, { focus: true });
    }
  });
}
