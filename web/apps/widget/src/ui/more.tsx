import { h, type ComponentType } from "preact";
import { partsHere, partsLater } from "../later";
import type { Parts } from "../more";
import { t } from "../words";
import { useChat } from "./context";
import { hooked, useEffect, useState } from "./hooks";

type Components = { [Name in keyof Parts]: Parts[Name] extends ComponentType<infer Props> ? Props : never };

type MoreProps = { part: keyof Parts } & Record<string, unknown>;

/** One of the parts that are fetched later; turns until it is there. */
const Later = hooked(({ part, ...props }: MoreProps) => {
  const chat = useChat();
  const [parts, setParts] = useState(partsHere);
  useEffect(() => {
    if (parts) return;
    const load = () => void partsLater().then((found) => setParts(() => found), () => chat.failed(part === "Sheets"));
    load();
    return chat.line.on("open", (isOpen) => isOpen && load()); // what did not come may come now
  }, []);
  const Part = parts?.[part] as ComponentType<object> | undefined;
  return Part ? <Part {...props} /> : <i class="spinner" role="status" aria-label={t("connecting")} />;
});

export const More = Later as unknown as <Name extends keyof Parts>(
  props: { part: Name } & Components[Name],
) => ReturnType<typeof h>;
