// A minute as a line: the newest sample at the right edge, zero at the bottom.
import type { VNode } from "preact";

const width = 96;
const height = 28;
const most_samples = 60;

export function Sparkline(props: { samples: readonly number[] }): VNode {
  const top = Math.max(1, ...props.samples) * 1.15;
  const step = width / (most_samples - 1);
  const first = width - (props.samples.length - 1) * step;
  const points = props.samples.map((sample, index) => {
    return `${(first + index * step).toFixed(1)},${(height - 1 - (sample / top) * (height - 3)).toFixed(1)}`;
  });
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polygon points={`${first.toFixed(1)},${height} ${points.join(" ")} ${width},${height}`} />}
      {points.length > 1 && <polyline points={points.join(" ")} />}
    </svg>
  );
}
