import { Fragment, h, hooked, Icon, newId, t, useChat, useEffect, useRef, useState, type Word } from "../core";

interface RatingProps {
  title?: string | undefined;
  ratingId?: string | undefined;
  scale?: number | undefined;
}

let count = 0;
const rateWord = (score: number): string => (score ? t(`rate${score}` as Word) : "");

/** Stars to give, with words. */
export const RatingForm = hooked(({ title, ratingId, scale = 5 }: RatingProps) => {
  const chat = useChat();
  const [name] = useState(() => `k-rate-${(count += 1)}`);
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState("");
  const [isSent, setSent] = useState(false);
  const form = useRef<HTMLFormElement | null>(null);
  useEffect(() => {
    if (score) form.current?.scrollIntoView({ block: "nearest" }); // it has grown
  }, [score > 0]);
  const given = ratingId && chat.timeline.items.find(({ notice }) => notice?.data["rating_id"] === ratingId);
  if (isSent || given) {
    const stars = given ? Number(given.notice?.data["score"]) : score;
    return (
      <p class="rating rating-done">
        <span class="stars" aria-hidden="true">{"★".repeat(stars)}</span> {t("rated")}
      </p>
    );
  }
  const submit = (event: Event) => {
    event.preventDefault();
    if (!score) return;
    setSent(true);
    chat.line.send({
      type: "rate",
      id: newId(),
      score,
      ...(comment.trim() ? { comment: comment.trim() } : {}),
      ...(ratingId ? { rating_id: ratingId } : {}),
    });
    if (chat.sheet) chat.say(t("rated"));
    chat.show(null);
  };
  return (
    <form ref={form} class="rating" onSubmit={submit}>
      <fieldset>
        <legend>{title || t("rateTitle")}</legend>
        <div class="rating-stars">
          {Array.from({ length: scale }, (_, index) => index + 1).map((value) => (
            <label class={value <= score ? "is-on" : ""} title={scale === 5 ? rateWord(value) : ""}>
              <input type="radio" name={name} value={value} checked={value === score} onChange={() => setScore(value)} />
              <Icon name="star" />
              <span class="unseen">{t("rateStar", value)}</span>
            </label>
          ))}
        </div>
        <p class="rating-word" aria-live="polite">{scale === 5 ? rateWord(score) : ""}</p>
      </fieldset>
      {score > 0 && (
        <>
          <textarea
            rows={2}
            maxLength={500}
            value={comment}
            aria-label={t("rateComment")}
            placeholder={t("rateComment")}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
          <button class="strong" type="submit">{t("rateSend")}</button>
        </>
      )}
    </form>
  );
});
