// One stream of the list, and its details when it is opened.
import type { VNode } from "preact";
import { inputBitrate, type Publisher, type Stream, type Viewers } from "../api/streams";
import { Chevron, Eye, Play } from "../display/icons";
import { StateBadge } from "../display/state_badge";
import { bitrateText, countText, durationText, secondsSince, trackText, unknown } from "../display/units";
import { isStreamId } from "../stream_address";
import { Sparkline } from "./sparkline";
import { StreamDetails } from "./stream_details";

interface Props {
  stream: Stream;
  samples: readonly number[];
  open: boolean;
  onToggle(): void;
}

export function StreamRow(props: Props): VNode {
  const { stream, open } = props;
  const linked = isStreamId(stream.id);
  return (
    <li class={open ? "row is-open" : "row"}>
      <div class="row-line">
        <div class="cell cell-name">
          <div class="row-title">
            {linked ? <a class="row-id" href={`/${stream.id}`}><bdi>{stream.id}</bdi></a> : <bdi class="row-id">{stream.id}</bdi>}
            <StateBadge state={stream.state} />
          </div>
          {stream.reason && <div class="row-reason"><bdi>{stream.reason}</bdi></div>}
          <Source publisher={stream.publisher} />
        </div>
        <div class="cell cell-media">
          {stream.tracks?.map((track) => <div key={track.id}>{trackText(track)}</div>) ?? unknown}
        </div>
        <div class="cell cell-input">
          <span class="number">{bitrateText(inputBitrate(stream))}</span>
          <Sparkline samples={props.samples} />
        </div>
        <div class="cell cell-viewers">
          <span class="number"><Eye />{countText(stream.viewers?.total)}</span>
          <div class="by-protocol">{protocolText(stream.viewers)}</div>
        </div>
        <div class="cell cell-uptime number">{durationText(secondsSince(stream.since, Date.now()))}</div>
        <div class="cell cell-actions">
          {linked && <a class="button button-small" href={`/${stream.id}`}><Play />Watch</a>}
          <button type="button" class="expander" aria-expanded={open} aria-label={`Details of ${stream.id}`} onClick={props.onToggle}><Chevron /></button>
        </div>
      </div>
      {open && <StreamDetails stream={stream} />}
    </li>
  );
}

function Source(props: { publisher: Publisher | null | undefined }): VNode | null {
  const { publisher } = props;
  if (!publisher) return null;
  return (
    <div class="row-source">
      <div><span class="protocol">{publisher.protocol}</span>{publisher.peer && <> from <bdi>{publisher.peer}</bdi></>}</div>
      {publisher.client && <div title={publisher.client}><bdi>{publisher.client}</bdi></div>}
    </div>
  );
}

/** "9 HLS, 3 FLV"; protocols without a viewer are left out. */
export function protocolText(viewers: Viewers | undefined): string {
  return Object.entries(viewers ?? {})
    .filter(([protocol, count]) => protocol !== "total" && count > 0)
    .map(([protocol, count]) => `${countText(count)} ${protocol.toUpperCase()}`)
    .join(", ");
}
