import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { queryClient } from '../api/query';
import { usePreference } from '../components/preferences';
import { MostToasts } from '../components/useToast';
import { LanguageProvider, languages, preferredLanguage, type Language } from '../text/text';
import { router } from './router';
import { colorSchemeManager, OpenedId, theme } from './theme';
import { useAppTexts } from './useAppTexts';

export function App() {
  const [chosen] = usePreference('language', '');
  const language = chosen in languages ? chosen as Language : preferredLanguage();
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <MantineProvider theme={theme} colorSchemeManager={colorSchemeManager} defaultColorScheme="auto">
      <LanguageProvider value={language}>
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-right" limit={MostToasts} containerWidth={380} />
          <RouterProvider router={router} />
          <Opened />
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  );
}

function Opened() {
  const t = useAppTexts();
  return <div id={OpenedId} role="region" aria-label={t('opened')} />;
}
