import type { Layout, Plot } from 'nodeplotlib';
import type { Chart } from './chart';
import { colors, seriesColor } from './colors';

/** The same chart in the words of nodeplotlib (Plotly): its traces and its layout. */
export function toPlotly(chart: Chart): { data: Plot[]; layout: Layout } {
  const layout: Layout = {
    title: chart.title,
    font: { color: colors.text },
    xaxis: { title: chart.xLabel },
    yaxis: chart.kind === 'bars' ? { autorange: 'reversed', automargin: true } : { title: chart.yLabel },
  };
  switch (chart.kind) {
    case 'histogram':
      return {
        layout: { ...layout, bargap: 0.03 },
        data: [
          {
            type: 'bar',
            x: chart.bins.map(({ from, to }) => (from + to) / 2),
            y: chart.bins.map(({ count }) => count),
            marker: { color: seriesColor(0) },
          },
        ],
      };
    case 'bars':
      return {
        layout,
        data: [
          {
            type: 'bar',
            orientation: 'h',
            x: chart.bars.map(({ value }) => value),
            y: chart.bars.map(({ name }) => name),
            marker: { color: seriesColor(0) },
          },
        ],
      };
    case 'lines':
      return {
        layout,
        data: chart.curves.map(({ name, points }, i) => ({
          type: 'scatter',
          mode: 'lines+markers',
          name,
          x: points.map(([x]) => x),
          y: points.map(([, y]) => y),
          line: { color: seriesColor(i) },
        })),
      };
    case 'dots':
      return {
        layout: { ...layout, xaxis: { ...layout.xaxis, ...(chart.scale === 'log' ? { type: 'log' } : {}) } },
        data: [
          { name: 'each', mode: 'markers', dots: chart.dots },
          { name: 'median', mode: chart.scale === 'names' ? 'markers' : 'lines', dots: chart.medians },
        ].map(({ name, mode, dots }, i) => ({
          type: 'scatter',
          mode: mode === 'lines' ? 'lines' : 'markers',
          name,
          x: dots.map(({ x }) => x),
          y: dots.map(({ y }) => y),
          marker: { color: seriesColor(i) },
        })),
      };
    case 'reliability': {
      const share = { range: [0, 1] };
      return {
        layout: {
          ...layout,
          xaxis: { ...layout.xaxis, ...share },
          yaxis: { ...layout.yaxis, ...share },
          showlegend: false,
        },
        data: [
          {
            type: 'scatter',
            mode: 'lines',
            x: [0, 1],
            y: [0, 1],
            line: { color: colors.axis, dash: 'dash' },
          },
          {
            type: 'scatter',
            mode: 'text+markers',
            x: chart.bins.map(({ predicted }) => predicted),
            y: chart.bins.map(({ observed }) => observed),
            text: chart.bins.map(({ count }) => String(count)),
            textposition: 'bottom right',
            error_y: {
              type: 'data',
              symmetric: false,
              array: chart.bins.map(({ high, observed }) => high - observed),
              arrayminus: chart.bins.map(({ low, observed }) => observed - low),
            },
            marker: { color: seriesColor(0) },
          },
        ],
      };
    }
  }
}
