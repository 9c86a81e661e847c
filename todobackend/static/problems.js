/** What went wrong, shown until it is no more. */

/** Texts and what can be done about them, by what they are about; the last action's is "". */
const problems = new Map();

/** Shows a problem in the place of the one about the same; `remedies` are buttons: label to what it does. */
export function showProblem(about, text, remedies = {}) {
  problems.set(about, { text, remedies });
  render();
}

/** Shows a problem no more. */
export function clearProblem(about) {
  // Not rendered for nothing: whoever is about to press a button in it must not lose the focus.
  if (problems.delete(about)) render();
}

function render() {
  const elements = [...problems.values()].map(({ text, remedies }) => {
    const element = document.createElement("div");
    const message = document.createElement("p");
    message.textContent = text;
    const buttons = Object.entries(remedies).map(([label, remedy]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.addEventListener("click", remedy);
      return button;
    });
    element.append(message, ...buttons);
    return element;
  });
  document.getElementById("problems").replaceChildren(...elements);
}
