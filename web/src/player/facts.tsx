// The numbers under the picture, measured at this viewer where the player can measure them.
import type { RefObject, VNode } from "preact";
import { videoTrack } from "../api/streams";
import { bitrateText, durationText, latencyText, secondsSince, sizeText, trackText, unknown } from "../display/units";
import type { Snapshot } from "./playback";

function Fact(props: { label: string; value: string; hint?: string }): VNode {
  return (
    <div class="fact" title={props.hint}>
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

export function Facts(props: { snapshot: Snapshot | null; video: RefObject<HTMLVideoElement | null> }): VNode | null {
  const { snapshot } = props;
  const stream = snapshot?.stream;
  if (stream === undefined && !snapshot?.moving) return null;
  const element = props.video.current;
  const track = stream && videoTrack(stream);
  const width = element?.videoWidth || track?.width;
  const height = element?.videoHeight || track?.height;
  const on_air = stream?.state === "running" ? secondsSince(stream.since, Date.now()) : undefined;
  const media = stream?.tracks?.map(trackText).join(" · ");
  return (
    <dl class="facts">
      <Fact label="Latency" value={latencyText(snapshot?.latency)} hint="How long ago the camera saw what you see" />
      <Fact label="Resolution" value={sizeText(width, height)} />
      <Fact label="Bitrate" value={bitrateText(snapshot?.bitrate)} hint="As it arrives here" />
      <Fact label="On air" value={durationText(on_air)} />
      <Fact label="Media" value={media || unknown} />
    </dl>
  );
}
