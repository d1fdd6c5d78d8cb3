// Exposure over time: devices exposed and distinct vulnerabilities, each with its own scale.
import { useMemo } from 'react';
import type uPlot from 'uplot';
import type { ExposureDay } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText } from '../language/Language.tsx';
import { Chart, type Colour, Legend } from './Chart.tsx';
import { axis } from './axis.ts';

export default function ExposureChart({ days }: { days: ExposureDay[] }) {
  const text = useText();
  const { number, date } = useFormats();
  const data = useMemo<uPlot.AlignedData>(
    () => [
      days.map((one) => new Date(one.day).getTime() / 1_000),
      days.map((one) => one.cves),
      days.map((one) => one.devices_exposed),
      days.map((one) => one.kev),
    ],
    [days],
  );
  const options = useMemo(
    () => (colour: Colour) => ({
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 4, 0, 0] as uPlot.Padding,
      scales: { x: { time: true }, y: { range: fromZero }, devices: { range: fromZero } },
      axes: [
        { ...axis(colour), values: (_: uPlot, times: number[]) => times.map((time) => shortDay(date, time)), space: 70, size: 26 },
        { ...axis(colour), size: 46, values: (_: uPlot, values: number[]) => values.map(number) },
        { ...axis(colour), scale: 'devices', side: 1 as const, size: 46, grid: { show: false }, values: (_: uPlot, values: number[]) => values.map(number) },
      ],
      series: [
        {},
        { stroke: colour('--line-1'), width: 2, points: { show: false } },
        { stroke: colour('--line-3'), width: 2, dash: [6, 4], scale: 'devices', points: { show: false } },
        { stroke: colour('--line-2'), width: 2, points: { show: false } },
      ],
    }),
    [number, date],
  );
  const last = days.at(-1);
  return (
    <Chart
      label={text('exposure-title')}
      height={180}
      data={data}
      options={options}
      legend={
        <Legend
          entries={[
            { name: text('exposure-cves'), value: last && number(last.cves), variable: '--line-1' },
            { name: text('exposure-kev'), value: last && number(last.kev), variable: '--line-2' },
            { name: text('exposure-devices'), value: last && number(last.devices_exposed), variable: '--line-3', dashed: true },
          ]}
        />
      }
      table={{
        head: [text('day'), text('cves'), text('devices-exposed'), text('kev')],
        rows: days.map((one) => [date(one.day), number(one.cves), number(one.devices_exposed), number(one.kev)]),
      }}
    />
  );
}

function fromZero(_: uPlot, __: number, max: number): [number, number] {
  return [0, Math.max(max * 1.1, 4)];
}

function shortDay(date: (time: Date) => string, seconds: number): string {
  // The year says nothing within 90 days.
  return date(new Date(seconds * 1_000)).replace(/,?\s*\d{4}( r\.)?$/, '');
}
