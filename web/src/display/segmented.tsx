// A choice of one among few, all visible.
import type { VNode } from "preact";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

interface Props<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value;
  onChoose(value: Value): void;
}

export function Segmented<Value extends string>(props: Props<Value>): VNode {
  return (
    <div class="segmented" role="group" aria-label={props.label}>
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === props.value}
          onClick={() => props.onChoose(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
