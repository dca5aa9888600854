/** The sections of administration, and who may open them. */

import { defineAsyncComponent, type Component } from "vue";
import type { Permission } from "../api/types.ts";
import type { Key } from "../i18n/index.ts";
import type { IconName } from "../ui/icons.ts";

export interface Section {
  readonly name: string;
  readonly title: Key;
  readonly icon: IconName;
  readonly needs: Permission;
  readonly group: Key;
  readonly screen: Component;
  readonly props?: Readonly<Record<string, unknown>>;
}

const named = defineAsyncComponent(() => import("./NamedSection.vue"));

export const SECTIONS: readonly Section[] = [
  {
    name: "agents",
    title: "admin.agents",
    icon: "users",
    needs: "agents.read",
    group: "admin.people",
    screen: defineAsyncComponent(() => import("./AgentsSection.vue")),
  },
  {
    name: "groups",
    title: "admin.groups",
    icon: "folder",
    needs: "agents.read",
    group: "admin.people",
    screen: named,
    props: { kind: "groups" },
  },
  {
    name: "skills",
    title: "admin.skills",
    icon: "star",
    needs: "agents.read",
    group: "admin.people",
    screen: named,
    props: { kind: "skills" },
  },
  {
    name: "canned",
    title: "admin.canned",
    icon: "text",
    needs: "canned.edit.own",
    group: "admin.words_and_codes",
    screen: defineAsyncComponent(() => import("./CannedSection.vue")),
  },
  {
    name: "words",
    title: "admin.words",
    icon: "shield",
    needs: "words.manage",
    group: "admin.words_and_codes",
    screen: defineAsyncComponent(() => import("./WordsSection.vue")),
  },
  {
    name: "labels",
    title: "admin.labels",
    icon: "tag",
    needs: "desk.manage",
    group: "admin.words_and_codes",
    screen: defineAsyncComponent(() => import("./LabelsSection.vue")),
  },
  {
    name: "codes",
    title: "admin.codes",
    icon: "list",
    needs: "desk.manage",
    group: "admin.words_and_codes",
    screen: defineAsyncComponent(() => import("./CodesSection.vue")),
  },
  {
    name: "hours",
    title: "admin.hours",
    icon: "clock",
    needs: "hours.manage",
    group: "admin.handling",
    screen: defineAsyncComponent(() => import("./HoursSection.vue")),
  },
  {
    name: "desk",
    title: "admin.desk",
    icon: "settings",
    needs: "desk.manage",
    group: "admin.handling",
    screen: defineAsyncComponent(() => import("./DeskSection.vue")),
  },
  {
    name: "training",
    title: "admin.training",
    icon: "bot",
    needs: "training.edit",
    group: "admin.improving",
    screen: defineAsyncComponent(() => import("./TrainingSection.vue")),
  },
  {
    name: "audit",
    title: "admin.audit",
    icon: "lock",
    needs: "audit.read",
    group: "admin.handling",
    screen: defineAsyncComponent(() => import("./AuditSection.vue")),
  },
];
