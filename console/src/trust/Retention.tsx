// For how long the organisation's data are kept, what is deleted next and when; the owner chooses where there is a choice.
import { Button, NumberInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { RetainedTable, RetentionList } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useLanguage, useText, useWord } from '../language/Language.tsx';
import { Moment } from '../look/marks.tsx';
import { ProblemNotice } from '../notice/Notice.tsx';
import { toastDone } from '../notice/toast.ts';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import { retentionQuestion } from './questions.ts';
import styles from './trust.module.css';

export function Retention({ list }: { list: RetentionList }) {
  const text = useText();
  const { language } = useLanguage();
  const word = useWord();
  const timed = list.tables.filter((table) => table.timed);
  const lasting = list.tables.filter((table) => !table.timed);
  return (
    <Panel flush title={text('retained-title')} note={text('retained-note')}>
      <ul className={styles.tables} aria-label={text('retained-title')}>
        {timed.map((table) => (
          <li key={table.table}>
            <TimedRow table={table} />
          </li>
        ))}
      </ul>
      <details className={styles.table}>
        <summary>
          <span className={styles.purpose}>{text('retained-lasting', { count: lasting.length })}</span>
        </summary>
        <ul className={styles.columns}>
          {lasting.map((table) => (
            <li key={table.table}>
              {table.purpose[language]} {word('retention', table.retention)}.
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}

function TimedRow({ table }: { table: RetainedTable }) {
  const { language, text } = useLanguage();
  const { number } = useFormats();
  const { timed } = table;
  if (!timed) return null;
  const { going } = timed;
  return (
    <div className={styles.kept}>
      <p className={styles.purpose}>{table.purpose[language]}</p>
      <p className={styles.soft}>
        {text('retained-rows', { count: timed.rows, rows: number(timed.rows) })}
        {timed.oldest && (
          <>
            , {text('retained-oldest')} <Moment time={timed.oldest} dayOnly />
          </>
        )}
      </p>
      {going ? (
        <p className={styles.going}>
          {text('retained-going', { count: going.rows, rows: number(going.rows) })} <Moment time={going.due_at} />
        </p>
      ) : (
        <p className={styles.soft}>
          {timed.next_at ? (
            <>
              {text('retained-next')} <Moment time={timed.next_at} />
            </>
          ) : (
            text('retained-nothing')
          )}
        </p>
      )}
      <Days table={table.table} days={timed.days} min={timed.days_min} max={timed.days_max} />
    </div>
  );
}

function Days(props: { table: string; days: number; min?: number | null; max?: number | null }) {
  const { table, days, min, max } = props;
  const text = useText();
  const mayChoose = useMay().some('settings:manage');
  const questions = useQueryClient();
  const [wished, setWished] = useState<number | string>(days);
  const choose = useMutation({
    mutationFn: (chosen: number) => answered(api.PATCH('/api/v1/trust/retention', { body: { table, days: chosen } })),
    onSuccess: (list) => {
      toastDone(text('retained-chosen'));
      questions.setQueryData(retentionQuestion.queryKey, list);
    },
  });
  if (min == null || max == null || !mayChoose) return <p className={styles.days}>{text('retention-days', { days })}</p>;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    choose.mutate(Number(wished));
  };
  return (
    <form className={styles.days} onSubmit={submit}>
      <NumberInput
        label={text('retained-days')}
        description={text('retained-bounds', { min, max })}
        value={wished}
        onChange={setWished}
        min={min}
        max={max}
        clampBehavior="none"
        allowDecimal={false}
        required
        withAsterisk={false}
      />
      <Button type="submit" variant="default" disabled={wished === days || wished === ''} loading={choose.isPending}>
        {text('retained-choose')}
      </Button>
      {choose.error && <ProblemNotice failure={choose.error} />}
    </form>
  );
}
