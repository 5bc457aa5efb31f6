/**
 * Whatever throws while one row is drawn takes this row with it and no other: the row says so, and is drawn anew as soon
 * as what it shows has changed. What others write must never break the screen.
 */
import { Component, type ReactNode } from "react";

type Props = {
  /** What is drawn: another one is tried again. */
  of: unknown;
  /** Stands in its place; draws nothing that came from others. */
  instead: ReactNode;
  children: ReactNode;
};
type State = { of: unknown; failed: boolean };

export class RowBoundary extends Component<Props, State> {
  override state: State = { of: this.props.of, failed: false };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ of }: Props, before: State): State | null {
    return of === before.of ? null : { of, failed: false };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
