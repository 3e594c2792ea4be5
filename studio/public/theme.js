// Light or dark and the language, before anything is drawn: the choice of the person, else of the system. The designer reads the same key.
(() => {
  const chosen = localStorage.getItem('switchboard.theme');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
})();
