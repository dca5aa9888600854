/** Parts of a screen that are fetched when they are first opened. */

import { defineAsyncComponent, h, type Component } from "vue";
import { t } from "../i18n/index.ts";

/** Should it not come, words stand in its place, and the screen around it goes on. */
const Missing: Component = { render: () => h("p", { class: "small", role: "alert", style: "padding: 8px 14px" }, t("error.screen_missing")) };

export const later = (load: () => Promise<Component>): Component =>
  defineAsyncComponent({ loader: () => load().catch(() => Missing) });
