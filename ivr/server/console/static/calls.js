// Calls: the times of the search in the reader's zone; the address has them in UTC.

const form = document.getElementById("search");

/** A moment as a field for date and time has it, in the reader's zone. */
function local(utc) {
  const moment = new Date(/(Z|[+-]\d\d:\d\d)$/.test(utc) || utc.length <= 10 ? utc : `${utc}Z`);
  if (Number.isNaN(moment.getTime())) return "";
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

for (const field of form.querySelectorAll("input[type=datetime-local]")) {
  const asked = new URLSearchParams(location.search).get(field.name) ?? "";
  const sent = Object.assign(document.createElement("input"), {type: "hidden", name: field.name, value: asked});
  field.removeAttribute("name");
  field.value = local(asked);
  field.after(sent);
  field.addEventListener("change", () => {
    sent.value = field.value ? new Date(field.value).toISOString().slice(0, 16) : "";
  });
  form.querySelector(`label[for=${field.id}] .zone`).textContent = "";
}

// What says nothing stays out of the address.
form.addEventListener("formdata", ({formData}) => {
  for (const [name, value] of [...formData.entries()]) if (!value) formData.delete(name);
});
