import { Link } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { Empty } from '../notice/Notice.tsx';
import { usePageTitle } from '../shell/PageHead.tsx';

export function Missing() {
  const text = useText();
  usePageTitle(text('missing-title'));
  return (
    <main>
      <h1 className="unseen">{text('missing-title')}</h1>
      <Empty icon="search" title={text('missing-title')}>
        <p>{text('missing-detail')}</p>
        <p>
          <Link to="/devices">{text('missing-home')}</Link>
        </p>
      </Empty>
    </main>
  );
}
