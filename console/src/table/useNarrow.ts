import { useSyncExternalStore } from 'react';

/** Below this width a table shows two lines a row instead of more columns; LedgerTable.module.css has the same number. */
const NARROW = '(max-width: 980px)';

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(NARROW);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(NARROW).matches,
  );
}
