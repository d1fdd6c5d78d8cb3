import type uPlot from 'uplot';
import type { Colour } from './Chart.tsx';

/** An axis in the look's ink, with hairlines. */
export function axis(colour: Colour): uPlot.Axis {
  return {
    stroke: colour('--ink-soft'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--rule'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
}
