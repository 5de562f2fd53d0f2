// The strip at the top of every page: where you are, and the way back to the console.
import type { ComponentChildren, VNode } from "preact";
import { Mark } from "./icons";

export function PageHeader(props: { children?: ComponentChildren }): VNode {
  return (
    <header class="page-header">
      <a class="brand" href="/" aria-label="Weir, the list of streams">
        <Mark />
        Weir
      </a>
      {props.children}
    </header>
  );
}
