"use strict";
// The index of words: what one types stands in the address and leaves the words that hold it, whole words first.
(function () {
  const box = document.getElementById("word");
  const list = document.getElementById("words");
  const hits = document.getElementById("hits");
  const none = document.getElementById("none");
  const letters = document.getElementById("letters");
  const words = [...list.querySelectorAll("#words li")].map((item) => ({ item, text: item.querySelector("h2").firstChild.data.trim().toLowerCase() }));
  const most = 12;
  const answer = document.createElement("ul");
  answer.className = "words";
  answer.hidden = true;
  list.before(answer);

  // The word itself, then words that begin with it, then those that hold it.
  function rank(text, asked) {
    if (text === asked) return 0;
    if (text.split(/[\s-]+/).includes(asked)) return 1;
    if (text.startsWith(asked)) return 2;
    return text.includes(asked) ? 3 : -1;
  }

  function answers(asked) {
    const ranks = words.map((word) => [rank(word.text, asked), word.item]).filter(([place]) => place >= 0);
    return ranks.sort(([a], [b]) => a - b).map(([, item]) => item);
  }

  // A short answer is drawn at once: of a long one the best words are, until more letters say which are meant.
  let shown = "";
  function show() {
    const asked = box.value.trim().toLowerCase();
    if (asked === shown) return;
    shown = asked;
    const found = asked ? answers(asked) : [];
    const many = asked ? found.length : words.length;
    answer.replaceChildren(...found.slice(0, most).map((item) => item.cloneNode(true)));
    answer.hidden = !asked;
    list.hidden = letters.hidden = Boolean(asked);
    hits.textContent = found.length > most ? `the first ${most} of ${many}` : `${many} of ${words.length}`;
    none.hidden = many > 0;
  }

  function read() {
    box.value = new URLSearchParams(location.hash.slice(1)).get("q") || "";
    show();
  }

  let waiting = 0;
  box.addEventListener("input", () => {
    show();
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const asked = box.value.trim();
      history.replaceState(null, "", asked ? `#q=${encodeURIComponent(asked)}` : location.pathname.split("/").pop() + location.search);
    }, 150);
  });
  none.querySelector("button").addEventListener("click", () => {
    box.value = "";
    box.dispatchEvent(new Event("input"));
    box.focus();
  });
  addEventListener("hashchange", read);
  read();
})();
