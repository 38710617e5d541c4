// The form of the figures: whoever writes a day means these days, and whoever chooses from a list wants to see it.

const form = document.getElementById("asked");
const days = form.elements.namedItem("days");

for (const name of ["since", "until"]) {
  form.elements.namedItem(name).addEventListener("input", () => {
    days.value = "";
  });
}
for (const each of form.querySelectorAll("select")) {
  each.addEventListener("change", () => {
    if (days.value) form.requestSubmit();
  });
}
