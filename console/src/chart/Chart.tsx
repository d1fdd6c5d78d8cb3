// uPlot in React's hands: made when shown, resized with its box, coloured by the look's variables, and always with a table
// of the same numbers for those who do not see it.
import { useComputedColorScheme } from '@mantine/core';
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import styles from './Chart.module.css';

export type Colour = (variable: string) => string;

export function Chart(props: {
  label: string;
  height: number;
  data: uPlot.AlignedData;
  options: (colour: Colour) => Omit<uPlot.Options, 'width' | 'height'>;
  legend?: ReactNode;
  table: { head: string[]; rows: string[][] };
}) {
  const { height, data, options } = props;
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const root = getComputedStyle(document.documentElement);
    const colour: Colour = (variable) => root.getPropertyValue(variable).trim();
    const plot = new uPlot({ ...options(colour), width: element.clientWidth, height }, data, element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [data, options, height, scheme]);

  return (
    <figure className={styles.figure}>
      {props.legend}
      <div ref={box} className={styles.box} aria-hidden="true" style={{ minHeight: height }} />
      <div className="unseen">
        <table>
          <caption>{props.label}</caption>
          <thead>
            <tr>
              {props.table.head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.table.rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, index) => (
                  <td key={index}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

export function Legend(props: { entries: { name: string; value?: string; variable: string; dashed?: boolean }[] }) {
  return (
    <ul className={styles.legend} aria-hidden="true">
      {props.entries.map((entry) => (
        <li key={entry.name}>
          <svg width="18" height="4">
            <line x1="0" y1="2" x2="18" y2="2" stroke={`var(${entry.variable})`} strokeWidth="3" strokeDasharray={entry.dashed ? '5 3' : undefined} />
          </svg>
          {entry.name}
          {entry.value && <strong>{entry.value}</strong>}
        </li>
      ))}
    </ul>
  );
}
