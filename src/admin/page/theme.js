// Light, dark, or as the system has it. Not a module: it runs before the first paint, so that nothing flashes.

(() => {
  const root = document.documentElement;
  const order = ['auto', 'light', 'dark'];

  /** Storage may be forbidden: then the choice lasts as long as the page. */
  const remembered = () => {
    try {
      return localStorage.getItem('theme') ?? 'auto';
    } catch {
      return 'auto';
    }
  };

  /** @param {string} theme */
  const use = (theme) => {
    root.dataset.theme = order.includes(theme) ? theme : 'auto';
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // It lasts as long as the page.
    }
    root.dispatchEvent(new Event('themechange'));
  };

  root.dataset.theme = order.includes(remembered()) ? remembered() : 'auto';
  root.addEventListener('nexttheme', () => {
    const at = order.indexOf(root.dataset.theme ?? 'auto');
    use(order[(at + 1) % order.length] ?? 'auto');
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    root.dispatchEvent(new Event('themechange'));
  });
})();
