// How to publish here, with this server's own name filled in.
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { CopyText } from "../display/copy_text";
import { Segmented } from "../display/segmented";
import { isStreamId } from "../stream_address";
import { publishLines, type Publisher } from "./publish_commands";

const publishers = [
  { value: "obs", label: "OBS" },
  { value: "ffmpeg", label: "ffmpeg" },
  { value: "gstreamer", label: "GStreamer" },
] as const;

const hints: Readonly<Record<Publisher, string>> = {
  obs: "Settings → Stream → Service: Custom. Then set Output → Keyframe interval to 2 s and start streaming.",
  ffmpeg: "H.264 video and AAC audio pass through untouched.",
  gstreamer: "Runs until it is interrupted.",
};

export function PublishGuide(): VNode {
  const [publisher, setPublisher] = useState<Publisher>("obs");
  const [name, setName] = useState("demo");
  const valid = isStreamId(`live/${name}`);
  return (
    <div class="guide">
      <div class="guide-head">
        <Segmented label="Publish with" choices={publishers} value={publisher} onChoose={(value) => setPublisher(value)} />
        <label class="guide-name">
          Stream name
          <input
            value={name}
            maxLength={64}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            aria-invalid={!valid}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
      </div>
      {valid ? (
        publishLines(publisher, location.hostname, name).map((line) => <CopyText key={line.label} label={line.label} text={line.text} />)
      ) : (
        <p class="guide-invalid" role="alert">A name is letters, digits, dots, dashes and underscores, and does not begin with a dot.</p>
      )}
      <p class="guide-hint">{hints[publisher]}</p>
      <p class="guide-hint">
        A new server takes streams from its own machine only. To publish from elsewhere, set <code>auth.publish</code> in its
        configuration: <code>key</code> with a list of <code>auth.keys</code> (then add <code>?token=KEY</code> to the name), or <code>any</code>.
      </p>
    </div>
  );
}
