import type { ImportReport } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Notice } from '../notice/Notice.tsx';
import styles from './feeds.module.css';

/** What an import did: every record is counted, and a refused one has its reason. */
export function ImportReportView({ report, file }: { report: ImportReport; file: string }) {
  const text = useText();
  const { number } = useFormats();
  const counts = [
    { name: text('import-read'), value: report.records_read },
    { name: text('import-added'), value: report.added },
    { name: text('import-updated'), value: report.updated },
    { name: text('import-unchanged'), value: report.unchanged },
    { name: text('import-refused'), value: report.refused_total },
  ];
  const changed = report.added + report.updated;
  return (
    <section className={styles.report} aria-label={text('import-report')}>
      <Notice tone={report.refused_total > 0 ? 'warn' : 'good'} title={text('import-done', { file })}>
        <p>{changed === 0 ? text('import-nothing-new') : text('import-changed', { count: changed, records: number(changed) })}</p>
      </Notice>
      <dl className={styles.counts}>
        {counts.map((count) => (
          <div key={count.name}>
            <dt>{count.name}</dt>
            <dd>{number(count.value)}</dd>
          </div>
        ))}
      </dl>
      <p className={styles.source}>
        {report.feed} · {report.format} · {text('document')} <code>{report.document_sha256}</code>
      </p>
      {report.refused.length > 0 && (
        <div className={styles.refused} tabIndex={0} role="group" aria-label={text('import-refused-records')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{text('import-record')}</th>
                <th scope="col">{text('import-reason')}</th>
              </tr>
            </thead>
            <tbody>
              {report.refused.map((one, index) => (
                <tr key={`${one.record} ${index}`}>
                  <td>
                    <code>{one.record}</code>
                  </td>
                  <td lang="en">{one.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {report.refused_total > report.refused.length && (
        <p className={styles.source}>{text('import-refused-first', { shown: number(report.refused.length), total: number(report.refused_total) })}</p>
      )}
    </section>
  );
}
