// The console: every stream of this server, as it is this second, and how to publish one.
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchStreams, inputBitrate, type Stream } from "../api/streams";
import { PageHeader } from "../display/page_header";
import { bitrateText, countText } from "../display/units";
import { withSamples, type History } from "./history";
import { usePoll } from "./poll";
import { PublishGuide } from "./publish_guide";
import { StreamRow } from "./stream_row";

const filter_from = 8;

export function ConsolePage(): VNode {
  const { answer: streams, failure } = usePoll(fetchStreams);
  const history = useHistory(streams);
  const [guide_open, setGuideOpen] = useState(false);
  const empty = streams !== undefined && streams.length === 0;
  return (
    <>
      <PageHeader>
        {streams && !empty && (
          <button type="button" class="button" aria-expanded={guide_open} onClick={() => setGuideOpen(!guide_open)}>
            {guide_open ? "Close" : "Publish a stream"}
          </button>
        )}
      </PageHeader>
      <main class={failure ? "console is-old" : "console"}>
        {failure && <p class="alert" role="alert">{failure} {streams ? "What you see is old; trying again." : "Trying again."}</p>}
        {streams === undefined && !failure && <p class="loading" role="status"><span class="spinner" /></p>}
        {empty && <EmptyState />}
        {streams && !empty && guide_open && <section class="card guide-card"><PublishGuide /></section>}
        {streams && !empty && <Overview streams={streams} />}
        {streams && !empty && <StreamList streams={streams} history={history} />}
      </main>
    </>
  );
}

function useHistory(streams: readonly Stream[] | undefined): History {
  const history = useRef<History>(new Map());
  useEffect(() => {
    if (streams) history.current = withSamples(history.current, streams);
  }, [streams]);
  return history.current;
}

function EmptyState(): VNode {
  return (
    <section class="empty">
      <h1>Nothing is live yet</h1>
      <p>Point a publisher at this server and the stream appears here, ready to watch.</p>
      <div class="card guide-card"><PublishGuide /></div>
    </section>
  );
}

function Overview(props: { streams: readonly Stream[] }): VNode {
  const { streams } = props;
  const live = streams.filter((stream) => stream.state === "running");
  const viewers = streams.reduce((sum, stream) => sum + (stream.viewers?.total ?? 0), 0);
  const input = live.reduce((sum, stream) => sum + (inputBitrate(stream) ?? 0), 0);
  return (
    <dl class="overview">
      <div><dt>Live</dt><dd>{countText(live.length)}{live.length < streams.length && <small> of {streams.length}</small>}</dd></div>
      <div><dt>Viewers</dt><dd>{countText(viewers)}</dd></div>
      <div><dt>Input</dt><dd>{bitrateText(input)}</dd></div>
    </dl>
  );
}

function StreamList(props: { streams: readonly Stream[]; history: History }): VNode {
  const [filter, setFilter] = useState("");
  const [open, setOpen] = useState<string | null>(null);
  const wanted = filter.trim().toLowerCase();
  const shown = props.streams.filter((stream) => stream.id.toLowerCase().includes(wanted));
  return (
    <section aria-label="Streams">
      {props.streams.length >= filter_from && (
        <input class="filter" type="search" placeholder="Find a stream" aria-label="Find a stream" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      )}
      <div class="list-head" aria-hidden="true">
        <span>Stream</span><span>Media</span><span>Input</span><span>Viewers</span><span>Uptime</span>
      </div>
      <ul class="list card">
        {shown.map((stream) => (
          <StreamRow
            key={stream.id}
            stream={stream}
            samples={props.history.get(stream.id) ?? []}
            open={open === stream.id}
            onToggle={() => setOpen(open === stream.id ? null : stream.id)}
          />
        ))}
      </ul>
      {shown.length === 0 && <p class="nothing">No stream has “{filter}” in its name.</p>}
    </section>
  );
}
