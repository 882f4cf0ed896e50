// The few pictures of the page, drawn as paths: each differs by its shape, not by its colour alone.

const namespace = 'http://www.w3.org/2000/svg';

const paths = {
  good: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M5 8.2l2.1 2.1L11.2 6',
  warn: 'M8 2L14.8 14H1.2zM8 6.4v3.4M8 11.6v.6',
  bad: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8',
  open: 'M6 3.5L10.5 8L6 12.5',
};

/** @typedef {keyof typeof paths} IconName */

/**
 * @param {IconName} name
 * @returns {SVGSVGElement} hidden from assistive technology: words stand beside it
 */
export function icon(name) {
  const svg = document.createElementNS(namespace, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', class: `icon ${name}`, 'aria-hidden': 'true' })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
