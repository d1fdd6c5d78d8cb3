import { useSyncExternalStore } from 'react';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { closeToast, type Toast, toastStore } from './toast.ts';
import styles from './Toasts.module.css';

/** The notes of what was just done, or failed, in the corner of the window. */
export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.current);
  // The region stands before anything is in it, so that what comes is told.
  return (
    <div className={styles.toasts} role="status">
      {toasts.map((toast) => (
        <Note key={toast.key} toast={toast} />
      ))}
    </div>
  );
}

function Note({ toast }: { toast: Toast }) {
  const text = useText();
  const { message, problem } = toast;
  return (
    <div className={styles.toast} data-tone={problem ? 'bad' : 'good'} role={problem && 'alert'}>
      <span className={styles.icon}>
        <Icon name={problem ? 'warning' : 'check'} />
      </span>
      <div className={styles.words}>
        {message && <p>{message}</p>}
        {problem && (
          <>
            <p className={styles.title}>{problem.title}</p>
            <p lang={problem.detailLanguage}>{problem.detail}</p>
            {problem.request && <p className={styles.request}>{text('problem-request', { request: problem.request })}</p>}
          </>
        )}
      </div>
      <button type="button" className={styles.close} aria-label={text('close')} onClick={() => closeToast(toast.key)}>
        <Icon name="cross" size={16} />
      </button>
    </div>
  );
}
