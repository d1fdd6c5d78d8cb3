// How much is known of updates: devices by the age of the package lists that they read them from.
import { useMemo } from 'react';
import uPlot from 'uplot';
import type { UpdatesSummary } from '../api/shape.ts';
import { useFormats } from '../formats/useFormats.ts';
import { useText, useWord } from '../language/Language.tsx';
import { Chart, type Colour } from './Chart.tsx';
import { axis } from './axis.ts';

export default function AgesChart({ ages }: { ages: UpdatesSummary['ages'] }) {
  const text = useText();
  const word = useWord();
  const { number } = useFormats();
  const data = useMemo<uPlot.AlignedData>(() => [ages.map((_, index) => index), ages.map((one) => one.devices)], [ages]);
  const names = useMemo(() => ages.map((one) => word('age', one.bucket)), [ages, word]);
  const options = useMemo(
    () => (colour: Colour) => ({
      legend: { show: false },
      cursor: { show: false },
      padding: [18, 8, 0, 0] as uPlot.Padding,
      scales: {
        x: { time: false, range: () => [-0.6, names.length - 0.4] as [number, number] },
        y: { range: (_: uPlot, __: number, max: number) => [0, Math.max(max * 1.05, 1)] as [number, number] },
      },
      axes: [
        {
          ...axis(colour),
          grid: { show: false },
          size: 26,
          splits: () => names.map((_, index) => index),
          values: () => names,
        },
        { ...axis(colour), size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000], values: (_: uPlot, values: number[]) => values.map(number) },
      ],
      series: [
        {},
        {
          fill: colour('--line-1'),
          stroke: colour('--line-1'),
          paths: uPlot.paths.bars?.({ size: [0.6, 72], align: 0 }),
          points: { show: false },
        },
      ],
    }),
    [names, number],
  );
  return (
    <Chart
      label={text('ages-title')}
      height={170}
      data={data}
      options={options}
      table={{ head: [text('age'), text('devices-title')], rows: ages.map((one, index) => [names[index] ?? one.bucket, number(one.devices)]) }}
    />
  );
}
