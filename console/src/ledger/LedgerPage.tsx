// The ledger: what was done, what the log has signed of it, and the proofs to take away.
import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { rowsOf } from '../api/pages.ts';
import type { Checkpoint, Leaf } from '../api/shape.ts';
import type { Formats } from '../formats/formats.ts';
import { useFormats } from '../formats/useFormats.ts';
import { type Text, useText, useWord, type Word } from '../language/Language.tsx';
import { CopyField } from '../look/CopyField.tsx';
import { Icon } from '../look/Icon.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { saveFile } from '../look/saveFile.ts';
import { Answered } from '../notice/Notice.tsx';
import { toastProblem } from '../notice/toast.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { Facts, Panel } from '../shell/Panel.tsx';
import { NameCell } from '../table/cells.tsx';
import { type Column, column } from '../table/columns.ts';
import { LedgerTable } from '../table/LedgerTable.tsx';
import { checkpointQuestion, leavesQuestion, proofOf } from './questions.ts';

export function LedgerPage() {
  const text = useText();
  const checkpoint = useQuery(checkpointQuestion);
  return (
    <>
      <PageHead title={text('ledger-title')} below={<span>{text('ledger-intro')}</span>} />
      <Panel title={text('ledger-checkpoint')} note={text('ledger-checkpoint-note')}>
        <Answered question={checkpoint}>{(data) => <Signed checkpoint={data} />}</Answered>
      </Panel>
      <Leaves />
    </>
  );
}

function Signed({ checkpoint }: { checkpoint: Checkpoint }) {
  const text = useText();
  const { number } = useFormats();
  const save = () => saveFile(`ledger-checkpoint-${checkpoint.size}.txt`, checkpoint.checkpoint, 'text/plain');
  return (
    <>
      <Facts
        facts={[
          { name: text('ledger-size'), value: number(checkpoint.size) },
          { name: text('ledger-newest'), value: checkpoint.made_at ? <Moment time={checkpoint.made_at} /> : text('ledger-empty') },
          { name: text('ledger-root'), value: <code title={checkpoint.root}>{checkpoint.root.slice(0, 16)}…</code> },
        ]}
      />
      <div style={{ padding: '12px 0' }}>
        <CopyField label={text('ledger-key')} value={checkpoint.key} />
      </div>
      <Button variant="default" size="xs" leftSection={<Icon name="download" size={15} />} onClick={save}>
        {text('ledger-save-checkpoint')}
      </Button>
    </>
  );
}

function Leaves() {
  const text = useText();
  const word = useWord();
  const formats = useFormats();
  const list = useInfiniteQuery(leavesQuestion);
  const proving = useMutation({
    mutationFn: proofOf,
    onSuccess: (proof) => saveFile(proof.name, proof.text, 'application/json'),
    onError: (failure) => toastProblem(text, failure),
  });
  const prove = proving.mutate;
  const columns = useMemo(() => columnsOf(text, word, formats, prove), [text, word, formats, prove]);
  return (
    <Panel flush title={text('ledger-entries')} note={text('ledger-entries-note')}>
      <Answered question={list}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <p style={{ padding: '12px 16px' }}>{text('ledger-empty')}</p>;
          return <LedgerTable label={text('ledger-entries')} columns={columns} rows={rows} rowKey={(one) => one.leaf} more={list} />;
        }}
      </Answered>
    </Panel>
  );
}

/** Who acted, as the entry says; nobody where it was erased. */
function actorOf(leaf: Leaf): string | undefined {
  const entry = leaf.entry as { actor?: { kind?: unknown } } | null | undefined;
  return typeof entry?.actor?.kind === 'string' ? entry.actor.kind : undefined;
}

function columnsOf(text: Text, word: Word, { number }: Formats, prove: (leaf: string) => void): Column<Leaf>[] {
  const act = (one: Leaf) => word('act', one.kind);
  return [
    column<Leaf>(
      'recorded',
      text('ledger-recorded'),
      (one) => (
        <NameCell narrow={act(one)}>
          <Moment time={one.recorded_at} isControl />
        </NameCell>
      ),
      { track: 'minmax(150px, 180px)' },
    ),
    column<Leaf>('act', text('ledger-act'), act, { track: 'minmax(180px, 2fr)', narrow: 'hide' }),
    column<Leaf>(
      'actor',
      text('ledger-actor'),
      (one) => {
        if (one.is_altered) return <Tag tone="bad">{text('ledger-altered')}</Tag>;
        const actor = actorOf(one);
        return actor ? word('actor', actor) : <Tag>{text('ledger-erased')}</Tag>;
      },
      { track: 'minmax(140px, 1fr)', narrow: 'hide' },
    ),
    column<Leaf>('index', text('ledger-index'), (one) => (typeof one.index === 'number' ? number(one.index) : '–'), {
      track: '90px',
      align: 'end',
      narrow: 'hide',
    }),
    column<Leaf>(
      'proof',
      text('ledger-proof'),
      (one) => (
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<Icon name="download" size={14} />}
          aria-label={text('ledger-save-proof-of', { act: act(one) })}
          onClick={() => prove(one.leaf)}
        >
          {text('ledger-save-proof')}
        </Button>
      ),
      { track: '120px' },
    ),
  ];
}
