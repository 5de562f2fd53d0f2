// Turns the nested counters of /stats into titled groups of lines. Nothing is listed here by name: a counter that the server adds
// tomorrow is shown tomorrow, in the unit that its name says.
import { bitrateText, bytesText, countText, durationText, unknown } from "../display/units";

export interface StatRow {
  readonly name: string;
  readonly value: string;
}

export interface StatGroup {
  readonly title: string;
  readonly rows: readonly StatRow[];
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function words(key: string): string {
  return key.replaceAll("_", " ").replace(/ (seconds|ms|bytes)$/, "");
}

/** The unit is the end of the name: `*bytes`, `*bitrate`, `*_seconds`, `*_ms`. */
function valueText(key: string, value: unknown): string {
  if (typeof value === "string") return value === "" ? unknown : value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return unknown;
  if (key.endsWith("bytes")) return bytesText(value);
  if (key.endsWith("bitrate")) return bitrateText(value);
  if (key.endsWith("_seconds")) return durationText(value);
  if (key.endsWith("_ms")) return `${countText(value)} ms`;
  return countText(value);
}

function rowsOf(fields: Fields, prefix: string, unit: string): readonly StatRow[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    if (value === null) return [];
    const name = prefix === "" ? words(key) : `${prefix} · ${words(key)}`;
    if (isFields(value)) return rowsOf(value, name, key);
    const named = /(bytes|bitrate|_seconds|_ms)$/.test(key) ? key : unit;
    return [{ name, value: valueText(named, value) }];
  });
}

export function statGroups(stats: unknown): readonly StatGroup[] {
  if (!isFields(stats)) return [];
  const plain = Object.entries(stats).filter(([, value]) => !isFields(value));
  const groups = [{ title: "Stream", rows: rowsOf(Object.fromEntries(plain), "", "") }];
  for (const [key, value] of Object.entries(stats)) {
    if (isFields(value)) groups.push({ title: words(key), rows: rowsOf(value, "", key) });
  }
  return groups.filter((group) => group.rows.length > 0);
}
