// What is said for some seconds at the top of the page.

/** Say something in the corner, also to those who cannot see it. */
export function notify(text) {
  const note = document.querySelector(".notice");
  note.textContent = text;
  note.classList.add("shown");
  clearTimeout(notify.timer);
  notify.timer = setTimeout(() => note.classList.remove("shown"), 4000);
}
