// What was exported and can be fetched; the doors to export the own data and the organisation's; and the way to leave whole.
import { Button, Group } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { rowsOf } from '../api/pages.ts';
import { ExportButton } from '../export/ExportButton.tsx';
import { ExportRow } from '../export/ExportRow.tsx';
import { LeavePanel } from '../export/LeavePanel.tsx';
import { exportsQuestion } from '../export/questions.ts';
import { useText } from '../language/Language.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { sessionQuestion } from '../sign-in/session.ts';
import styles from './settings.module.css';

export function Tab() {
  const text = useText();
  const may = useMay();
  const session = useQuery(sessionQuestion).data;
  const list = useInfiniteQuery(exportsQuestion);
  const rows = list.data ? rowsOf(list.data).toSorted((one, other) => other.requested_at.localeCompare(one.requested_at)) : [];
  const exported = rows.find((one) => one.subject === 'tenant' && one.state === 'ready');
  return (
    <>
      <Panel title={text('export-doors')} note={text('export-doors-note')}>
        {session && (
          <Group gap={12}>
            <ExportButton label={text('export-user')} subject="user" id={session.user} name={session.email} />
            {may.some('exports:manage') && <ExportButton label={text('export-tenant')} subject="tenant" id={session.tenant} name={session.tenant_name} />}
          </Group>
        )}
      </Panel>
      <Panel flush title={text('exports')} note={text('exports-note')}>
        <Answered question={list}>
          {() => {
            if (rows.length === 0) return <Empty icon="download" title={text('exports-none')} />;
            return (
              <>
                <ul className={styles.tokens}>
                  {rows.map((one) => (
                    <ExportRow key={one.export} one={one} />
                  ))}
                </ul>
                {list.hasNextPage && (
                  <div style={{ padding: '12px 16px' }}>
                    <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
                      {text('exports-more')}
                    </Button>
                  </div>
                )}
              </>
            );
          }}
        </Answered>
      </Panel>
      {session && may.some('exports:manage') && may.some('erasure:manage') && <LeavePanel tenant={session.tenant} name={session.tenant_name} exported={exported} />}
    </>
  );
}
