// The files of the page, and what is sent with each: every file of the folder `page` by its own name (`/` is
// index.html), and the charting library beside it. Read once at the start, whole; nothing else is ever served.
//
// What a page may count on: /index.html at `/`, its neighbours at `/NAME` (.html .js .css .svg .png .ico .woff2), uPlot
// as an ES module at `/uplot.js` and its styles at `/uplot.css`. `contentSecurityPolicy` forbids everything inline
// (scripts, <style>, style="…"; setting element.style from a script is fine), all other hosts, frames and forms.

export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
