// What was done with the own account, from the ledger.
import { useQuery } from '@tanstack/react-query';
import { useText, useWord } from '../language/Language.tsx';
import { Moment, Tag } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import styles from '../settings/settings.module.css';
import { Panel } from '../shell/Panel.tsx';
import { historyQuestion } from './questions.ts';

export function HistoryPanel() {
  const text = useText();
  const word = useWord();
  const history = useQuery(historyQuestion);
  return (
    <Panel flush title={text('account-history')} note={text('account-history-note')}>
      <Answered question={history}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty icon="ledger" title={text('account-history-none')} />
          ) : (
            <ul className={styles.tokens}>
              {data.items.map((item) => (
                <li key={`${item.at} ${item.kind}`} className={styles.token}>
                  <span className={styles.name}>
                    {word('own', item.kind)}
                    {item.kind === 'sign-in-failed' && <Tag tone="warn">{text('account-history-refused')}</Tag>}
                  </span>
                  <span className={styles.facts}>
                    <Moment time={item.at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}
