import { Button, Progress, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import type { Feed } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Icon } from '../look/Icon.tsx';
import { Ago, Tag, type Tone } from '../look/marks.tsx';
import { Answered, Empty } from '../notice/Notice.tsx';
import { toastDone, toastProblem } from '../notice/toast.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { Panel } from '../shell/Panel.tsx';
import { useMay } from '../sign-in/may.ts';
import styles from './feeds.module.css';
import { ImportPanel } from './ImportPanel.tsx';
import { feedsQuestion } from './questions.ts';

const TONES: Record<Feed['state'], Tone> = { never: 'plain', ok: 'good', failed: 'bad', fetching: 'info', imported: 'good' };

export function FeedsPage() {
  const text = useText();
  const may = useMay();
  const feeds = useQuery(feedsQuestion);
  return (
    <>
      <PageHead title={text('feeds-title')} below={<span>{text('feeds-intro')}</span>} />
      {may.some('feeds:manage') && <ImportPanel />}
      <Panel flush title={text('feeds-list')} note={text('feeds-list-note')}>
        <Answered question={feeds}>
          {(data) => {
            if (data.items.length === 0) return <Empty icon="feeds" title={text('feeds-none')} />;
            return (
              <>
                {data.items.some((feed) => feed.offline) && <p className={styles.offline}>{text('feed-offline-detail')}</p>}
                <ul className={styles.feeds}>
                  {data.items.map((feed) => (
                    <FeedRow key={feed.feed} feed={feed} />
                  ))}
                </ul>
              </>
            );
          }}
        </Answered>
      </Panel>
    </>
  );
}

function FeedRow({ feed }: { feed: Feed }) {
  const text = useText();
  const may = useMay();
  const { number } = useFormats();
  return (
    <li className={styles.feed}>
      <div className={styles.about}>
        <h3 className={styles.title}>{feed.title}</h3>
        <p className={styles.source}>
          {feed.source_url.startsWith('https://') ? (
            <a href={feed.source_url} rel="noreferrer noopener" target="_blank">
              {feed.source_url}
            </a>
          ) : (
            feed.source_url
          )}
          {feed.licence && <span> · {feed.licence}</span>}
        </p>
        {feed.error && feed.state === 'failed' && (
          <p className={styles.error} role="status" lang="en">
            {feed.error}
          </p>
        )}
        {feed.state === 'fetching' && <Fetching feed={feed} />}
        {feed.document_sha256 && (
          <p className={styles.source}>
            {text('document')}{' '}
            <code title={feed.document_sha256}>{feed.document_sha256.slice(0, 16)}…</code>
          </p>
        )}
      </div>
      <dl className={styles.facts}>
        <div>
          <dt>{text('feed-state')}</dt>
          <dd>
            <Tag tone={TONES[feed.state]}>{text(`feed-state-${feed.state}`)}</Tag>
          </dd>
        </div>
        <div>
          <dt>{text('feed-records')}</dt>
          <dd>{typeof feed.records === 'number' ? number(feed.records) : '–'}</dd>
        </div>
        <div>
          <dt>{text('feed-last-success')}</dt>
          <dd>
            <Ago time={feed.last_success_at} />
          </dd>
        </div>
      </dl>
      {may.some('feeds:manage') && <FeedActions feed={feed} />}
    </li>
  );
}

/** How much has come; without the publisher's word on the whole, the amount alone. */
function Fetching({ feed }: { feed: Feed }) {
  const text = useText();
  const { bytes } = useFormats();
  const received = feed.received_bytes ?? 0;
  const share = feed.expected_bytes ? Math.min(1, received / feed.expected_bytes) : undefined;
  return (
    <div className={styles.progress}>
      <p className={styles.source}>
        {feed.expected_bytes
          ? text('feed-received-of', { received: bytes(received), expected: bytes(feed.expected_bytes) })
          : text('feed-received', { received: bytes(received) })}
      </p>
      <Progress.Root size="sm">
        <Progress.Section value={(share ?? 1) * 100} animated={share === undefined} aria-label={text('feed-progress', { feed: feed.title })} />
      </Progress.Root>
    </div>
  );
}

function FeedActions({ feed }: { feed: Feed }) {
  const text = useText();
  const questions = useQueryClient();
  const again = () => questions.invalidateQueries({ queryKey: feedsQuestion.queryKey });
  const params = { path: { feed: feed.feed } };
  const fetchNow = useMutation({
    mutationFn: () => answered(api.POST('/api/v1/feeds/{feed}/fetch', { params })),
    onSuccess: async () => {
      toastDone(text('feed-fetch-begun', { feed: feed.title }));
      await again();
    },
    onError: (failure) => toastProblem(text, failure),
  });
  const enable = useMutation({
    mutationFn: (enabled: boolean) => answered(api.PUT('/api/v1/feeds/{feed}', { params, body: { enabled } })),
    onSuccess: again,
    onError: (failure) => toastProblem(text, failure),
  });
  if (feed.offline) {
    return (
      <div className={styles.actions}>
        <p className={styles.off}>{text('feed-offline')}</p>
      </div>
    );
  }
  const isEnabled = enable.isPending ? enable.variables : feed.enabled;
  return (
    <div className={styles.actions}>
      <Switch
        label={text('feed-enabled')}
        aria-label={text('feed-enabled-of', { feed: feed.title })}
        checked={isEnabled}
        onChange={(event) => enable.mutate(event.currentTarget.checked)}
      />
      <Button
        variant="default"
        size="xs"
        leftSection={<Icon name="refresh" size={15} />}
        loading={fetchNow.isPending || feed.state === 'fetching'}
        onClick={() => fetchNow.mutate()}
        aria-label={text('feed-fetch-of', { feed: feed.title })}
      >
        {text('feed-fetch')}
      </Button>
    </div>
  );
}
