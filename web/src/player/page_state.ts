// What the viewer is told, out of what the server says and what the player sees. A picture that moves outweighs every report; a
// stream that was seen to end stays ended until it is seen to run.
import type { Loss } from "./engine";
import type { Report } from "./stream_watch";

export type PageState = "connecting" | "waiting" | "running" | "recovering" | "ended" | "unreachable";

/** How the present attempt stands. */
export type Link = "idle" | "joining" | "joined" | "lost" | "ended";

export interface View {
  readonly link: Link;
  readonly loss: Loss | undefined;
  readonly moving: boolean;
  readonly paused: boolean;
  readonly report: Report;
  readonly before: PageState;
}

type Outlook = "soon" | "running" | "held" | "over" | "absent" | "silent" | "open";

function outlookOf(report: Report): Outlook {
  if (report.kind === "absent") return "absent";
  if (report.kind === "unreachable") return "silent";
  if (report.kind !== "known") return "open";
  switch (report.stream.state) {
    case "running":
      return "running";
    case "recovering":
    case "error":
      return "held";
    case "stopping":
    case "stopped":
    case "failed":
      return "over";
    default:
      return "soon";
  }
}

/** Whether an attempt to play can succeed, as far as the server has said. */
export function mayPlay(report: Report): boolean {
  const outlook = outlookOf(report);
  return outlook !== "over" && outlook !== "absent";
}

/** Whether a still picture means that this player is stuck, rather than that there is nothing to show. */
export function shouldMove(report: Report): boolean {
  const outlook = outlookOf(report);
  return outlook === "running" || outlook === "open";
}

export function pageState(view: View): PageState {
  const outlook = outlookOf(view.report);
  if (view.moving) return outlook === "held" ? "recovering" : "running";
  if (view.link === "ended") return "ended";
  switch (outlook) {
    case "silent":
      return "unreachable";
    case "held":
      return "recovering";
    case "over":
      return "ended";
    case "absent":
      return view.before === "ended" || view.loss === "closed" ? "ended" : "waiting";
    case "running":
      return runningState(view);
    default:
      return openState(view);
  }
}

function wasOn(state: PageState): boolean {
  return state === "running" || state === "recovering";
}

function runningState(view: View): PageState {
  if (view.paused) return "running";
  if (view.link === "joined") return wasOn(view.before) ? view.before : "connecting";
  return wasOn(view.before) ? "recovering" : "connecting";
}

function openState(view: View): PageState {
  if (view.link !== "lost") return view.before;
  if (view.loss === "not_found") return view.before === "ended" ? "ended" : "waiting";
  return view.loss === "network" ? "unreachable" : "connecting";
}
