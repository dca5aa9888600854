/** What stands in a menu. */

import type { IconName } from "./icons.ts";

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  /** As commands have them. */
  readonly keys?: string | undefined;
  readonly isDanger?: boolean;
  /** It can be on or off, and is. */
  readonly isChecked?: boolean | undefined;
  readonly isDisabled?: boolean;
  /** A line stands above it. */
  readonly isApart?: boolean;
  readonly run: () => void;
}
