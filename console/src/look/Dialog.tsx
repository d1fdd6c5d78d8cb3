// The browser's own modal dialog: it holds the focus, closes on Escape and gives the focus back, with nothing to load for it.
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useText } from '../language/Language.tsx';
import styles from './Dialog.module.css';
import { Icon } from './Icon.tsx';

export function Dialog(props: { isOpen: boolean; onClose: () => void; title: string; side?: boolean; wide?: boolean; children: ReactNode }) {
  const { isOpen, onClose, title } = props;
  const text = useText();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    const element = dialog.current;
    if (isOpen && element && !element.open) element.showModal();
    if (!isOpen && element?.open) element.close();
  }, [isOpen]);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className={styles.dialog}
      data-side={props.side || undefined}
      data-wide={props.wide || undefined}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      {isOpen && (
        <div className={styles.sheet}>
          <div className={styles.head}>
            <h2 id={id} className={styles.title}>
              {title}
            </h2>
            <button type="button" className={styles.close} aria-label={text('close')} onClick={onClose}>
              <Icon name="cross" />
            </button>
          </div>
          {props.children}
        </div>
      )}
    </dialog>
  );
}
