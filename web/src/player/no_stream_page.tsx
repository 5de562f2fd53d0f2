// What is shown at an address that cannot be a stream's.
import type { VNode } from "preact";
import { PageHeader } from "../display/page_header";

export function NoStreamPage(): VNode {
  return (
    <>
      <PageHeader />
      <main class="no-stream">
        <h1>This address names no stream</h1>
        <p>
          A stream has two names, as in <code>/live/demo</code>: letters, digits, dots, dashes and underscores.
        </p>
        <a class="button" href="/">See what is live</a>
      </main>
    </>
  );
}
