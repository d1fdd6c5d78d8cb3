// Where a browser comes back to from its organisation's provider. The code leaves the address as soon as it is read, and goes to
// the server by a request of this page: so the cookie that binds it to this browser need not be sent from another site.
import { Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { answered, api } from '../api/client.ts';
import { chosenLanguage, isLanguage } from '../language/catalogue.ts';
import { useLanguage } from '../language/Language.tsx';
import { Notice, ProblemNotice, Waiting } from '../notice/Notice.tsx';
import { Door } from '../sign-in/Door.tsx';
import { sessionQuestion } from '../sign-in/session.ts';
import { type Brought, broughtBy } from './brought.ts';

const route = getRouteApi('/sign-in/$provider/back');

export function SignOnBackPage() {
  const { text, language, speak } = useLanguage();
  const { provider } = route.useParams();
  const router = useRouter();
  const questions = useQueryClient();
  const [brought] = useState(() => broughtBy(location.search));
  const isSent = useRef(false);
  const finish = useMutation({
    mutationFn: ({ state, code, issuer }: Brought) => answered(api.POST('/api/v1/sign-on/finish', { body: { provider, state, code, issuer, language } })),
    onSuccess: async () => {
      const session = await questions.fetchQuery({ ...sessionQuestion, staleTime: 0 });
      if (session && isLanguage(session.language) && !chosenLanguage()) await speak(session.language);
      router.history.replace('/devices');
    },
  });
  useEffect(() => {
    history.replaceState(history.state, '', location.pathname);
    // An answer is good once.
    if (!brought || isSent.current) return;
    isSent.current = true;
    finish.mutate(brought);
  }, []);
  return (
    <Door title={text('sign-on')}>
      <Stack gap={12}>
        {!brought && (
          <Notice tone="warn" role="alert" title={text('sign-on-not-done')}>
            <p>{text('sign-on-not-done-detail')}</p>
          </Notice>
        )}
        {finish.error && <ProblemNotice failure={finish.error} />}
        {!brought || finish.error ? (
          <p>
            <Link to="/sign-in/$provider" params={{ provider }}>
              {text('sign-on-anew')}
            </Link>
          </p>
        ) : (
          <Waiting />
        )}
      </Stack>
    </Door>
  );
}
