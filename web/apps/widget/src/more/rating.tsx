import { Fragment, h, hooked, Icon, newId, t, useChat, useEffect, useRef, useState, type Word } from "../core";

interface RatingProps {
  title?: string | undefined;
  ratingId?: string | undefined;
  scale?: number | undefined;
}

let count = 0;
/** The best score of the question how likely one is to recommend us; its worst is 0. */
const LIKELY = 10;
const rateWord = (score: number): string => (score > 0 ? t(`rate${score}` as Word) : "");

/** Stars to give, with words. */
export const RatingForm = hooked(({ title, ratingId, scale = 5 }: RatingProps) => {
  const chat = useChat();
  const [name] = useState(() => `k-rate-${(count += 1)}`);
  const [score, setScore] = useState(-1);
  const isLikely = scale === LIKELY;
  const [comment, setComment] = useState("");
  const [isSent, setSent] = useState(false);
  const form = useRef<HTMLFormElement | null>(null);
  useEffect(() => {
    if (score >= 0) form.current?.scrollIntoView({ block: "nearest" }); // it has grown
  }, [score >= 0]);
  const given = ratingId && chat.timeline.items.find(({ notice }) => notice?.data["rating_id"] === ratingId);
  if (isSent || given) {
    const stars = given ? Number(given.notice?.data["score"]) : score;
    return (
      <p class="rating rating-done">
        {isLikely ? stars : <span class="stars" aria-hidden="true">{"★".repeat(stars)}</span>} {t("rated")}
      </p>
    );
  }
  const submit = (event: Event) => {
    event.preventDefault();
    if (score < 0) return;
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
          {Array.from({ length: scale + +isLikely }, (_, index) => index + +!isLikely).map((value) => (
            <label
              class={(isLikely ? value === score : value <= score) ? "is-on" : ""}
              title={scale === 5 ? rateWord(value) : ""}
            >
              <input type="radio" name={name} value={value} checked={value === score} onChange={() => setScore(value)} />
              {isLikely ? value : <Icon name="star" />}
              {!isLikely && <span class="unseen">{t("rateStar", value)}</span>}
            </label>
          ))}
        </div>
        <p class="rating-word" aria-live="polite">{scale === 5 ? rateWord(score) : ""}</p>
      </fieldset>
      {score >= 0 && (
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
