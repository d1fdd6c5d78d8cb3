// Starts the console: guard, scheme and language first, then the router inside its providers.
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { onSessionEnd } from './api/client.ts';
import { questionsClient } from './api/questions.ts';
import { firstLanguage, loadLanguage } from './language/catalogue.ts';
import { LanguageProvider } from './language/Language.tsx';
import './look/mantine.css';
import './look/look.css';
import { guardSinks, styleNonce } from './look/safety.ts';
import { applyScheme, schemeManager } from './look/scheme.ts';
import { theme, variables } from './look/theme.ts';
import { Toasts } from './notice/Toasts.tsx';
import { routerOf } from './routes/router.ts';

guardSinks();
applyScheme();
const language = firstLanguage();
const bundle = await loadLanguage(language);
const questions = questionsClient();
const router = routerOf(questions);

onSessionEnd(() => {
  const { pathname, href } = router.state.location;
  if (pathname === '/sign-in') return;
  questions.clear();
  void router.navigate({ to: '/sign-in', search: { to: href } });
});

const element = document.getElementById('console');
if (!element) throw new Error('index.html has no #console');
createRoot(element).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={variables}
    colorSchemeManager={schemeManager}
    defaultColorScheme="auto"
    getStyleNonce={styleNonce}
    withGlobalClasses={false}
  >
    <LanguageProvider language={language} bundle={bundle}>
      <QueryClientProvider client={questions}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </LanguageProvider>
  </MantineProvider>,
);
