// Elements from names and text. Whatever comes from the gateway goes in as text alone, never as markup: names in
// certificates are chosen by strangers.

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * Attributes are set as such; `on…` adds a listener, `class` may be empty.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Readonly<Record<string, string | number | boolean | null | undefined | ((event: any) => void)>>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  fill(element, ...children);
  return element;
}

/**
 * Replaces what is in an element.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (typeof child === 'object' ? child : String(child))),
  );
}

/**
 * Touches the page only where something changes, so that selections stay.
 * @param {Element} element
 * @param {string | number} text
 */
export function setText(element, text) {
  const next = String(text);
  if (element.textContent !== next) element.textContent = next;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value null removes it
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * The element of the page with this id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element #${id}`);
  return /** @type {T} */ (element);
}

/**
 * Makes the children of `parent` those of `items`, in order, keeping the element of each key.
 * @template T
 * @template {HTMLElement} E
 * @param {HTMLElement} parent
 * @param {readonly T[]} items
 * @param {{ key: (item: T) => string, create: (item: T) => E, update?: (element: E, item: T) => void }} how
 */
export function syncChildren(parent, items, { key, create, update }) {
  /** @type {Map<string, E>} */
  const existing = new Map();
  for (const child of parent.children) {
    const element = /** @type {E} */ (child);
    existing.set(element.dataset.key ?? '', element);
  }
  /** @type {Element | null} */
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = existing.get(name);
    existing.delete(name);
    if (element === undefined) {
      element = create(item);
      element.dataset.key = name;
    }
    update?.(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of existing.values()) element.remove();
}
