// Text that strangers chose (names in certificates, paths) in, text that shows all of it out: characters that are not seen,
// or that turn the direction of what follows, stand there as `\u….`. Markup is no matter here: it is only ever set as text.

const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\u034f|[\ufe00-\ufe0f]/g;

/** @param {string} text */
export function visibleText(text) {
  return text.replaceAll(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
