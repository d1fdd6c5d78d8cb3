// What stands in the place of a page that the person's roles do not open. Somebody with no role at all has done nothing wrong:
// they are told whom to ask, and the way to what is their own.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { Empty } from '../notice/Notice.tsx';
import { RoleList } from '../people/RoleList.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import { PageHead } from './PageHead.tsx';
import { Panel } from './Panel.tsx';

export default function NotYours() {
  const text = useText();
  const may = useMay();
  const session = useQuery(sessionQuestion).data;
  const tenant = session?.tenant_name ?? '';
  const hasRole = (session?.roles.length ?? 0) > 0;
  return (
    <>
      <PageHead title={text(may.onlyOwn ? 'own-only-title' : 'not-yours-title')} />
      <Panel>
        <Empty icon="user" title={text(may.onlyOwn ? (hasRole ? 'own-only-role' : 'own-only-none') : 'not-yours')}>
          <p>{text(may.onlyOwn ? 'own-only-detail' : 'not-yours-detail', { tenant })}</p>
          {hasRole && (
            <div style={{ paddingTop: 8 }}>
              <p>{text('own-roles')}</p>
              <RoleList roles={session?.roles ?? []} />
            </div>
          )}
          <p style={{ paddingTop: 8 }}>
            {may.onlyOwn && <Link to="/account">{text('own-only-account')}</Link>}
            {may.some('devices:read') && <Link to="/devices">{text('missing-home')}</Link>}
          </p>
        </Empty>
      </Panel>
    </>
  );
}
