"use strict";
// The index of words: what one types stands in the address and leaves the words that hold it, whole words first.
(function () {
  const box = document.getElementById("word");
  const list = document.getElementById("words");
  const hits = document.getElementById("hits");
  const none = document.getElementById("none");
  const words = [...list.children].map((item) => ({ item, text: item.querySelector("h2").firstChild.data.trim().toLowerCase() }));
  const plain = words.map((word) => word.item);

  // The word itself, then words that begin with it, then those that hold it.
  function rank(text, asked) {
    if (text === asked) return 0;
    if (text.split(/[\s-]+/).includes(asked)) return 1;
    if (text.startsWith(asked)) return 2;
    return text.includes(asked) ? 3 : -1;
  }

  let sorted = false;
  function show() {
    const asked = box.value.trim().toLowerCase();
    const ranks = new Map(words.map((word) => [word.item, asked ? rank(word.text, asked) : 0]));
    for (const word of words) word.item.hidden = ranks.get(word.item) < 0;
    if (asked || sorted) {
      list.replaceChildren(...(asked ? [...plain].sort((a, b) => ranks.get(a) - ranks.get(b)) : plain));
      sorted = Boolean(asked);
    }
    const found = words.filter((word) => !word.item.hidden).length;
    hits.textContent = `${found} of ${words.length}`;
    none.hidden = found > 0;
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
