// Signs out when nobody has done anything for as long as the organisation lets a session be left alone. The server ends a
// session that is not used; but a page that watches the fleet uses it, also where nobody looks.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api } from '../api/client.ts';
import { useText } from '../language/Language.tsx';
import { toastDone } from '../notice/toast.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { isIdle, noteActivity } from './idle.ts';

const LOOKED_EVERY_MS = 5_000;
const ACTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export function useIdleSignOut() {
  const text = useText();
  const questions = useQueryClient();
  const router = useRouter();
  const idleSeconds = useQuery(sessionQuestion).data?.idle_seconds;

  useEffect(() => {
    if (!idleSeconds) return;
    const note = () => noteActivity(localStorage, Date.now());
    note();
    ACTS.forEach((act) => window.addEventListener(act, note, { passive: true, capture: true }));
    const timer = setInterval(async () => {
      if (!isIdle(localStorage, Date.now(), idleSeconds)) return;
      clearInterval(timer);
      // Where the server does not answer, it ends the session by itself.
      await api.DELETE('/api/v1/session').catch(() => undefined);
      questions.clear();
      toastDone(text('idle-signed-out'));
      await router.navigate({ to: '/sign-in', search: { to: router.state.location.href } });
    }, LOOKED_EVERY_MS);
    return () => {
      clearInterval(timer);
      ACTS.forEach((act) => window.removeEventListener(act, note, { capture: true }));
    };
  }, [idleSeconds, questions, router, text]);
}
