// Says that the server is away while a page still shows what it answered before: old numbers must not pass for new ones.
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { mayPass } from '../api/questions.ts';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import styles from './Shell.module.css';

export function AwayBanner() {
  const text = useText();
  const questions = useQueryClient();
  const subscribe = useCallback((listener: () => void) => questions.getQueryCache().subscribe(listener), [questions]);
  const isAway = useSyncExternalStore(subscribe, () => hasOldAnswers(questions));
  return (
    <div role="status" className={styles.away} data-on={isAway || undefined}>
      {isAway && (
        <>
          <Icon name="warning" />
          <p>
            <strong>{text('problem-unreachable')}.</strong> {text('problem-unreachable-detail')}
          </p>
          <button type="button" onClick={() => void questions.refetchQueries({ type: 'active' })}>
            {text('try-again')}
          </button>
        </>
      )}
    </div>
  );
}

/** Whether a question that the page asks has an answer from before and failed since, for a reason that may pass. */
function hasOldAnswers(questions: QueryClient): boolean {
  const shown = questions.getQueryCache().findAll({ type: 'active' });
  return shown.some(({ state }) => state.data !== undefined && state.error !== null && mayPass(state.error));
}
