import type { ComponentChildren } from "preact";
import { bytes, Fragment, h, Icon, imageAddress, Link, t, useChat, webAddress } from "../core";

type Maybe = string | undefined;

export function FileLink({ url, name, size }: { url: Maybe; name: Maybe; size: number | undefined }) {
  const { line } = useChat();
  const address = url && webAddress(url, line.server.base);
  const inside = (
    <>
      <span class="file-icon" aria-hidden="true"><Icon name="file" /></span>
      <span class="file-text">
        <b>{name ?? t("file")}</b>
        {size ? <small>{bytes(size)}</small> : null}
      </span>
    </>
  );
  return address ? <Link class="file" href={address}>{inside}</Link> : <div class="file">{inside}</div>;
}

interface CardProps {
  title?: Maybe;
  description?: Maybe;
  image?: Maybe;
  url?: Maybe;
  strong?: Maybe;
  label?: Maybe;
  badge?: Maybe;
  children?: ComponentChildren;
}

/** A product, an order, a link: a picture, words, and where they lead. */
export function Card({ title, description, image, url, strong, label, badge, children }: CardProps) {
  const { line } = useChat();
  const base = line.server.base;
  const address = url ? webAddress(url, base) : null;
  const picture = image ? imageAddress(image, base) : null;
  return (
    <div class="card">
      {(label || badge) && (
        <div class="card-head">
          <span>{label}</span>
          {badge && <em>{badge}</em>}
        </div>
      )}
      <div class={picture && label ? "card-row" : ""}>
        {picture && <img class="card-picture" src={picture} alt="" loading="lazy" referrerpolicy="no-referrer" />}
        <div class="card-text">
          {title && <b>{title}</b>}
          {description && <span class="faint">{description}</span>}
          {strong && <span class="price">{strong}</span>}
        </div>
      </div>
      {children}
      {address && (
        <Link class="card-link" href={address}>
          {t("view")}
          {title && <span class="unseen"> {title}</span>}
          <Icon name="link" />
        </Link>
      )}
    </div>
  );
}
