// Light or dark, before anything is drawn: the choice of the person, else of the system.
(() => {
  const chosen = localStorage.getItem('switchboard.theme');
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  if (window.parent !== window)
    document.documentElement.dataset.framed = 'true';
})();
