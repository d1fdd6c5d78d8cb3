// What a browser does by itself when a page is loaded and a console of one document has to do: on arrival at another page the
// focus goes to its content, and the page's title is told. Tabs of the same page leave the focus where it is.
import { useRouter } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef, useState } from 'react';

/** The part of an address that names a page; what follows chooses a tab in it. */
export function pageOf(pathname: string): string {
  const [, place = '', one = '', ...rest] = pathname.split('/');
  if (place === 'settings') return '/settings';
  if (place === 'devices' && one !== 'groups') return `/devices/${one}`;
  return ['', place, one, ...rest].join('/');
}

/** Moves the focus to `main` on arrival, and gives the title to be told to those who do not see it. */
export function useArrival(main: RefObject<HTMLElement | null>): string {
  const router = useRouter();
  const known = useRef(pageOf(router.state.location.pathname));
  const [told, setTold] = useState('');

  useEffect(
    () =>
      router.subscribe('onRendered', ({ toLocation }) => {
        const page = pageOf(toLocation.pathname);
        if (known.current === page) return;
        known.current = page;
        // A page that has put the focus into its first field keeps it there.
        if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
      }),
    [router, main],
  );

  useEffect(() => {
    const title = document.querySelector('title');
    if (!title) return undefined;
    const observer = new MutationObserver(() => setTold(document.title.replace(/ · Purser$/, '')));
    observer.observe(title, { childList: true, characterData: true, subtree: true });
    return () => observer.disconnect();
  }, []);
  return told;
}
