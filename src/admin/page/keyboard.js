// Keys of the whole page: digits for the views, `/` for the search of the view, `t` for the theme, Escape leaves a search.

/** @import { Router } from './router.js' */

/**
 * @param {readonly string[]} views in the order of their digits
 * @param {Router} router
 */
export function listenToKeys(views, router) {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target, key } = event;
    if (target instanceof HTMLInputElement && target.type === 'search') {
      if (key === 'Escape' && target.value === '') target.blur();
      return;
    }
    if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return;
    const view = views[Number(key) - 1];
    if (view !== undefined) {
      router.go(view);
    } else if (key === '/') {
      event.preventDefault();
      openSearch(router);
    } else if (key === 't') {
      document.documentElement.dispatchEvent(new Event('nexttheme'));
    }
  });
}

/** @param {Router} router */
function openSearch(router) {
  const find = () => document.querySelector(`#${router.view} input[type=search]`);
  if (find() === null) router.go('clients');
  // The address changes first, then the view.
  setTimeout(() => {
    const input = find();
    if (input instanceof HTMLInputElement) input.select();
    if (input instanceof HTMLInputElement) input.focus();
  }, 0);
}
