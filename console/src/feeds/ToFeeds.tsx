import { Link } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { useMay } from '../sign-in/may.ts';

/** The way to the feeds, for who may see them. */
export function ToFeeds() {
  const text = useText();
  if (!useMay().some('feeds:read')) return null;
  return (
    <p>
      <Link to="/feeds">{text('answer-see-feeds')}</Link>
    </p>
  );
}
