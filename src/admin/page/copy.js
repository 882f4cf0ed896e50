// A button that copies text, also where the page does not come over TLS and the browser has no clipboard for it.

import { h, setText } from './element.js';

/**
 * @param {() => string} read
 * @param {string} what for those who do not see what it stands beside
 */
export function copyButton(read, what) {
  const button = h('button', { type: 'button', class: 'plain', 'aria-label': `Copy: ${what}` }, 'Copy');
  makeCopy(button, read);
  return button;
}

/**
 * @param {HTMLElement} button
 * @param {() => string} read
 */
export function makeCopy(button, read) {
  button.addEventListener('click', async () => {
    const copied = await copy(read());
    setText(button, copied ? 'Copied' : 'Not copied');
    setTimeout(() => setText(button, 'Copy'), 1500);
  });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h('textarea', { class: 'unseen', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
