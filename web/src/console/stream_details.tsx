// What the list has no room for: renditions, addresses, and the counters of /stats, asked for only while they are open.
import type { VNode } from "preact";
import { useCallback } from "preact/hooks";
import { fetchStats, type Rendition, type Stream } from "../api/streams";
import { CopyText } from "../display/copy_text";
import { bitrateText, sizeText, unknown } from "../display/units";
import { addressOf } from "../stream_address";
import { usePoll } from "./poll";
import { statGroups, type StatRow } from "./stat_rows";

export function StreamDetails(props: { stream: Stream }): VNode {
  const { stream } = props;
  const { id } = stream;
  const stats = usePoll(useCallback(() => fetchStats(id), [id]));
  const address = addressOf(id, location);
  return (
    <div class="details">
      <div class="groups">
        <Group title="Publisher" rows={publisherRows(stream)} />
        <Group title="Renditions" rows={stream.renditions?.map(renditionRow) ?? []} />
        {statGroups(stats.answer).map((group) => <Group key={group.title} title={group.title} rows={group.rows} />)}
      </div>
      {stats.failure && <p class="details-failure">{stats.failure}</p>}
      <div class="details-addresses">
        <CopyText label="Page" text={address.page} />
        <CopyText label="HLS" text={address.hls} />
        <CopyText label="HTTP-FLV" text={address.flv} />
      </div>
    </div>
  );
}

function Group(props: { title: string; rows: readonly StatRow[] }): VNode | null {
  if (props.rows.length === 0) return null;
  return (
    <section class="group">
      <h3>{props.title}</h3>
      <dl>
        {props.rows.map((row) => (
          <div key={row.name}>
            <dt><bdi>{row.name}</bdi></dt>
            <dd><bdi>{row.value}</bdi></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function publisherRows(stream: Stream): readonly StatRow[] {
  const { publisher } = stream;
  if (!publisher) return [];
  return [
    { name: "session", value: publisher.id },
    { name: "protocol", value: publisher.protocol },
    { name: "peer", value: publisher.peer || unknown },
    { name: "client", value: publisher.client || unknown },
  ];
}

function renditionRow(rendition: Rendition): StatRow {
  const size = sizeText(rendition.width, rendition.height);
  const state = rendition.state === undefined || rendition.state === "running" ? "" : ` · ${rendition.state}`;
  return { name: rendition.name, value: `${size === unknown ? "" : `${size} · `}${bitrateText(rendition.bitrate)}${state}` };
}
